import { expect, test } from 'vitest'
import { createTestRepository } from '../../test/support/git-repository.ts'
import { commentMarks } from './comment-marks.ts'

test('is what git is told to leave out of messages', async () => {
  const { git, root, remove } = await createTestRepository()
  try {
    expect(await commentMarks(root)).toEqual(['#'])
    git('config', 'core.commentChar', ';')
    expect(await commentMarks(root)).toEqual([';'])
    git('config', 'core.commentChar', 'auto')
    expect(await commentMarks(root)).toContain('%')
  } finally {
    await remove()
  }
})
