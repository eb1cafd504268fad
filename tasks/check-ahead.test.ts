import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { withProject } from '../test/support/project.ts'
import { checkAhead, withWord } from './check-ahead.ts'
import Check from './check.ts'

type Flag = Readonly<{ type: string }>

/** A project of Django, with an interpreter that only waits to be told something. */
const files = {
  'manage.py': 'execute_from_command_line',
  'python.sh': '#!/bin/sh\nread -r script; read -r message\n',
  'lockkeeper.yml': 'migrations: { command: ./python.sh }\n',
}

function begun(
  words: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<string | null | undefined> {
  return withProject({ ...files, ...more }, async (directory) => {
    await chmod(join(directory, 'python.sh'), 0o755)
    const check = await checkAhead([...words, '--directory', directory])
    check?.end()
    await check?.reading?.state.catch(() => undefined)
    return check && (check.framework?.name ?? null)
  })
}

describe('before its flags are read', () => {
  test.each([[['--app', 'example']], [['-aexample', '--since', 'main', '--json']], [[]]])(
    'a check with %j begins',
    async (words) => {
      expect(await begun(words)).toBe('django')
    },
  )

  test.each([[['change.sql']], [['-']], [['--app', 'example', '--', 'x']], [['--offline']], [['--staged']]])(
    'a check with %j does not: it asks no app',
    async (words) => {
      expect(await begun(words)).toBeUndefined()
    },
  )

  test('every flag is known that a word follows', () => {
    const { baseFlags, flags } = Check as unknown as Record<'baseFlags' | 'flags', Record<string, Flag>>
    const known = Object.entries({ ...baseFlags, ...flags }).filter(([, { type }]) => type === 'option')
    expect(known.map(([name]) => name).sort()).toEqual([...withWord].sort())
  })

  test('what is wrong is left to the command', async () => {
    expect(await begun([], { 'lockkeeper.yml': 'nonsense: true' })).toBeUndefined()
    expect(await begun([], { 'alembic.ini': '[alembic]\nscript_location = x\n' })).toBeUndefined()
  })
})
