import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { withPostgres } from '../../test/support/postgres.ts'
import { withConnection } from '../postgres/connection.ts'
import { dbmateArguments, dbmateUrl } from './dbmate-command.ts'
import { parseDbmateFile } from './dbmate-file.ts'
import { readApplied } from './dbmate-state.ts'

const down = '-- migrate:down\ndrop table a;\n'
const create = 'create table a (i int);\n'

/** Odd files, and how they end: the transaction of the up block, or that they are refused. */
const files: Readonly<Record<string, readonly [string, 'in a transaction' | 'without one' | 'refused']>> = {
  plain: [`-- migrate:up\n${create}${down}`, 'in a transaction'],
  'no space after the dashes': [`--migrate:up\n${create}--migrate:down\ndrop table a;`, 'in a transaction'],
  'Windows line ends': [`-- migrate:up\r\n${create}-- migrate:down\r\ndrop table a;\r\n`, 'in a transaction'],
  'Windows line ends and an option': [`-- migrate:up transaction:false\r\nvacuum;\r\n${down}`, 'without one'],
  'an option': [`-- migrate:up transaction:false\nvacuum;\n${down}`, 'without one'],
  'an option among others': [`-- migrate:up   foo:bar \t transaction:false\nvacuum;\n${down}`, 'without one'],
  'an option with a space in it': [`-- migrate:up transaction: false\n${create}${down}`, 'in a transaction'],
  'the last option counts': [
    `-- migrate:up transaction:false transaction:true\n${create}${down}`,
    'in a transaction',
  ],
  'comments first': [`-- hello\n\n  -- more\n-- migrate:up\n${create}${down}`, 'in a transaction'],
  'options of the way down': [
    `-- migrate:up\n${create}-- migrate:down foo bar\ndrop table a;`,
    'in a transaction',
  ],
  'empty blocks': ['-- migrate:up\n-- migrate:down\n', 'in a transaction'],
  'an indented directive': [`  -- migrate:up\n${create}${down}`, 'refused'],
  'capital letters': [`-- MIGRATE:UP\n${create}${down}`, 'refused'],
  'a longer word': [`-- migrate:upgrade\n${create}${down}`, 'refused'],
  'no way down': [`-- migrate:up\n${create}`, 'refused'],
  'down before up': [`${down}-- migrate:up\n${create}`, 'refused'],
  'two ups': [`-- migrate:up\n${create}-- migrate:up\nselect 1;\n${down}`, 'refused'],
  'two pairs': [
    `-- migrate:up\n${create}${down}-- migrate:up\nselect 1;\n-- migrate:down\nselect 1;\n`,
    'refused',
  ],
  'a statement first': [`select 1;\n-- migrate:up\n${create}${down}`, 'refused'],
  'a block comment first': [`/* hello */\n-- migrate:up\n${create}${down}`, 'refused'],
  'a byte order mark': [`\u{FEFF}-- migrate:up\n${create}${down}`, 'refused'],
  'nothing at all': ['', 'refused'],
}

test('reads odd files as dbmate does', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'lockkeeper-project-'))
  try {
    await mkdir(join(directory, 'db'))
    await withPostgres(async (server) => {
      const url = await server.createDatabase()
      for (const [name, [contents, ending]] of Object.entries(files)) {
        await writeFile(join(directory, 'db/1_x.sql'), contents)
        expect(`${name}: ${ours(contents)}`).toBe(`${name}: ${ending}`)
        expect(`${name}: ${await accepted(directory, url)}`).toBe(`${name}: ${ending !== 'refused'}`)
      }
    })
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})

function ours(contents: string): string {
  const parsed = parseDbmateFile(contents)
  if (typeof parsed === 'string') return 'refused'
  return parsed.up.transaction ? 'in a transaction' : 'without one'
}

const migrate = { lockTimeout: 2, attempts: 1 }

/** Whether the real dbmate applies it. VACUUM tells whether it ran in a transaction. */
async function accepted(directory: string, url: string): Promise<boolean> {
  await withConnection(url, (client) => client.query('drop schema public cascade; create schema public'))
  const config = { migrations: { directory: 'db', table: 'schema_migrations' }, migrate }
  const folder = join(directory, 'db')
  const program = join(import.meta.dirname, '../../node_modules/.bin/dbmate')
  const session = { lockTimeout: 2, applicationName: 'test' }
  const up = await execa(program, dbmateArguments('migrate', folder, 'schema_migrations'), {
    env: { DATABASE_URL: dbmateUrl(url, session) },
    reject: false,
  })
  const applied = await withConnection(url, (client) => readApplied(client, { directory, url, config }))
  return up.exitCode === 0 && applied.length === 1
}

test('a block knows the line at which it starts', () => {
  const parsed = parseDbmateFile(`-- hello\n\n-- migrate:up\n${create}${down}`)
  expect(parsed).toMatchObject({
    up: { line: 3, sql: `-- migrate:up\n${create}` },
    down: { line: 5, sql: down },
  })
})
