import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { generateAlembic } from '../../../test/support/alembic-project.ts'
import { debianPython } from '../../../test/support/django-project.ts'
import { sharedPostgres } from '../../../test/support/shared-postgres.ts'
import { sharedSkeleton } from '../../../test/support/shared-skeleton.ts'
import { withProject, writeFiles } from '../../../test/support/project.ts'
import { prove, rulesWithRecipe, type ProofOptions } from '../../../test/support/recipe-world.ts'

const run = promisify(execFile)

const server = sharedPostgres()
const skeleton = sharedSkeleton(generateAlembic)

const inAlembic: ProofOptions = {
  target: { framework: 'alembic' },
  ignore: ['alembic_version'],
  withProject: (url, code, use) =>
    withProject({}, async (directory) => {
      await skeleton.copyTo(directory)
      const revisions = code.map(([, { text }], index) => [
        `alembic/versions/r${index + 1}_step.py`,
        [
          'import sqlalchemy as sa\nfrom alembic import op',
          `revision = 'r${index + 1}'\ndown_revision = ${index === 0 ? 'None' : `'r${index}'`}`,
          text,
        ].join('\n\n'),
      ])
      await writeFiles(directory, Object.fromEntries(revisions) as Record<string, string>)
      const env = { ...process.env, DATABASE_URL: url }
      const tell = (...words: string[]) =>
        run(debianPython, ['-m', 'alembic', ...words], { cwd: directory, env })
      return use({ apply: () => tell('upgrade', 'head'), takeBack: () => tell('downgrade', 'base') })
    }),
}

test.each(rulesWithRecipe)('$id: Alembic does what the SQL does, and takes it back', async ({ id }) => {
  const { difference, leftOver } = await prove(server, id, inAlembic)
  expect(difference).toEqual([])
  expect(leftOver ?? []).toEqual([])
})
