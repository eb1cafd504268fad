import { copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import {
  checkOn,
  ids,
  query,
  recognised,
  verdicts,
  whileRead,
} from '../../../test/support/framework-project.ts'
import { installFrameworks, linkFrameworks, runTool } from '../../../test/support/npm-frameworks.ts'
import { sharedPostgres } from '../../../test/support/shared-postgres.ts'
import { projectContext, withProject, writeFiles, type TestContext } from '../../../test/support/project.ts'
import { prisma, prismaUrl } from './prisma.ts'

const server = sharedPostgres()
beforeAll(async () => {
  await installFrameworks()
}, 300_000)

// Prisma's own engine in JavaScript, over an adapter that lacks two types of the catalog.
const settings = `import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'

const asText = new Map([[18, 1042], [19, 25], [1002, 1009], [1003, 1009]])
const plain = (result) => {
  for (const field of result?.fields ?? []) field.dataTypeID = asText.get(field.dataTypeID) ?? field.dataTypeID
  return result
}

class Client extends pg.Client {
  query(...given) {
    const done = given.at(-1)
    if (typeof done !== 'function') return super.query(...given).then(plain)
    return super.query(...given.slice(0, -1), (error, result) => done(error, plain(result)))
  }
}

export default {
  experimental: { adapter: true },
  engine: 'js',
  schema: 'prisma/schema.prisma',
  adapter: async () => new PrismaPg({ connectionString: process.env.DATABASE_URL, idleTimeoutMillis: 100, Client }),
}
`

/** The engines that are not on npm are not needed, and must not be looked for. */
const environment = { PRISMA_QUERY_ENGINE_LIBRARY: '/dev/null', PRISMA_SCHEMA_ENGINE_BINARY: '/dev/null' }

interface Project {
  readonly context: TestContext
  /** Writes a migration with Prisma's own generator: what it takes to these columns. Resolves to its file. */
  readonly make: (name: string, columns: string) => Promise<string>
  readonly run: (...words: string[]) => Promise<string>
}

/** A project made by Prisma's own generators. */
async function withPrisma(use: (project: Project) => Promise<void>): Promise<void> {
  await withProject({}, async (directory) => {
    await linkFrameworks(directory)
    const context = projectContext(directory, await server.createDatabase(), { environment })
    const run = (...words: string[]) => runTool(context, 'prisma', ...words)
    await run('init', '--datasource-provider', 'postgresql')
    await writeFiles(directory, { 'prisma.config.ts': settings })
    const empty = await readFile(join(directory, 'prisma/schema.prisma'), 'utf8')
    const make = async (name: string, columns: string) => {
      const before = join(directory, 'before.prisma')
      await copyFile(join(directory, 'prisma/schema.prisma'), before)
      await writeFiles(directory, {
        'prisma/schema.prisma': `${empty}\nmodel Item {\n  id Int @id\n  ${columns}\n}\n`,
      })
      const between = ['--from-schema-datamodel', before, '--to-schema-datamodel', 'prisma/schema.prisma']
      const sql = await run('migrate', 'diff', ...between, '--script')
      const file = `prisma/migrations/${name}/migration.sql`
      await writeFiles(directory, { [file]: sql })
      return file
    }
    await writeFiles(directory, {
      'prisma/migrations/migration_lock.toml': 'provider = "postgresql"\n',
    })
    await use({ context, make, run })
  })
}

beforeEach(() => {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
})
afterEach(() => vi.unstubAllEnvs())

const [first, note, narrow] = ['20240101000000_first', '20240102000000_note', '20240103000000_narrow']

test('reads, judges and applies what its own generator wrote', async () => {
  await withPrisma(async ({ context, make, run }) => {
    await make(first, 'name String')
    expect(await recognised(context)).toBe('prisma')
    expect(await prisma.apply(context)).toMatchObject({ ok: true, applied: [first] })
    await make(note, 'name String\n  note String?')
    await make(narrow, 'note String?')
    const state = await prisma.read(context)
    expect(state).toMatchObject({ applied: [first], missing: [], changed: [], problems: [] })
    expect(
      state.pending.map(({ id, name, sql, transaction }) => [id, name, sql?.trim(), transaction]),
    ).toEqual([
      [note, 'note', '-- AlterTable\nALTER TABLE "Item" ADD COLUMN     "note" TEXT;', false],
      [narrow, 'narrow', expect.stringContaining('DROP COLUMN "name"'), false],
    ])
    expect((await prisma.apply(context, { count: 1 })).reason).toContain('all pending migrations or none')
    expect(await verdicts(context)).toEqual({ [note]: 'safe', [narrow]: 'unsafe' })
    expect(await prisma.apply(context)).toMatchObject({ ok: true, applied: [note, narrow] })
    expect(await run('migrate', 'status')).toContain('Database schema is up to date!')
    expect((await prisma.reverse(context, [narrow])).reason).toBe('Prisma Migrate undoes no migration.')
  })
})

test('says what was changed, is gone from disk, was rolled back, and failed half-way', async () => {
  await withPrisma(async ({ context, make, run }) => {
    const file = await make(first, '')
    const other = await make(note, 'note String?')
    expect((await prisma.apply(context)).ok).toBe(true)
    const path = join(context.directory, file)
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replaceAll('\n', '\r\n'))
    expect((await prisma.read(context)).changed).toEqual([])
    await writeFile(path, `${text}-- and more\n`)
    await rm(join(context.directory, dirname(other)), { recursive: true })
    await writeFiles(context.directory, {
      [`prisma/migrations/${narrow}/migration.sql`]: 'CREATE TABLE half (i int);\nSELECT 1/0;\n',
    })
    await expect(run('migrate', 'deploy')).rejects.toThrow('division by zero')
    const state = await prisma.read(context)
    expect(state).toMatchObject({ applied: [first, note], missing: [note], changed: [file] })
    const failed = `${narrow} failed half-way: prisma migrate resolve must be run first.`
    expect(state.problems).toEqual([failed])
    await expect(prisma.apply(context)).rejects.toThrow(failed)
    const { problems, notKnown } = await checkOn(context)
    expect(problems).toEqual([failed])
    expect(notKnown).toContain(`What was applied on the target and is not on disk any more: ${note}.`)
    expect(notKnown).toContain(`What was applied as the files that were changed since: ${file}.`)
    // As prisma migrate resolve --rolled-back does, which wants an engine that npm does not have.
    await query(
      context,
      `update _prisma_migrations set rolled_back_at = now() where migration_name = '${narrow}'`,
    )
    expect(await prisma.read(context)).toMatchObject({ problems: [], pending: [{ id: narrow }] })
  })
})

test('gives way to who holds the table, and leaves nothing that keeps Prisma from trying again', async () => {
  await withPrisma(async ({ context, make }) => {
    await make(first, '')
    await prisma.apply(context)
    await make(note, 'note String?')
    const said: string[] = []
    const options = { onOutput: (text: string) => said.push(text) }
    const result = await whileRead(context, '"Item"', () => prisma.apply(context, options))
    expect(result).toMatchObject({ ok: false, applied: [] })
    expect(result.output).toContain('lock timeout')
    expect(said.join('')).toContain('try 3 of 3 follows')
    expect((await prisma.read(context)).problems).toEqual([])
    expect(await prisma.apply(context)).toMatchObject({ ok: true, applied: [note] })
  })
})

test('what may have been done half stays failed', async () => {
  await withPrisma(async ({ context, make }) => {
    await make(first, '')
    await writeFiles(context.directory, {
      [`prisma/migrations/${first}/migration.sql`]: 'CREATE TABLE half (i int);\nSELECT 1/0;\n',
    })
    expect((await prisma.apply(context)).ok).toBe(false)
    const { problems, pending } = await prisma.read(context)
    expect(problems.join()).toContain('failed half-way')
    // This engine sends each statement by itself.
    expect(pending[0]?.singleQuery).toBe(false)
    expect(await query(context, `select to_regclass('half')::text as name`)).toEqual([{ name: 'half' }])
  })
})

test('the engine that is no JavaScript sends a file as one query', async () => {
  await withProject({ [`prisma/migrations/${first}/migration.sql`]: 'SELECT 1;' }, async (directory) => {
    const { pending } = await prisma.read({ ...projectContext(directory, server.url), url: null })
    expect(ids(pending)).toEqual([first])
    expect(pending[0]).toMatchObject({ singleQuery: true, transaction: false })
  })
})

test('takes the time to wait for a lock in its connection string', () => {
  expect(prismaUrl('postgres://u@h/d?sslmode=require', 2)).toBe(
    'postgres://u@h/d?sslmode=require&options=-c%20lock_timeout%3D2000',
  )
  expect(prismaUrl('postgres://u@h/d?options=-c%20work_mem%3D8MB', 2)).toBe(
    'postgres://u@h/d?options=-c%20work_mem%3D8MB%20-c%20lock_timeout%3D2000',
  )
})
