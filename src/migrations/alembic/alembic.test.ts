import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { generateAlembic, generateFlask, revision } from '../../../test/support/alembic-project.ts'
import { debianPython } from '../../../test/support/django-project.ts'
import { query } from '../../../test/support/framework-project.ts'
import { sharedPostgres } from '../../../test/support/shared-postgres.ts'
import { sharedSkeleton } from '../../../test/support/shared-skeleton.ts'
import { projectContext, withProject, writeFiles, type TestContext } from '../../../test/support/project.ts'
import { withConnection } from '../../postgres/connection.ts'
import { findFramework } from '../frameworks.ts'
import { alembic } from './alembic.ts'

const server = sharedPostgres()
const skeleton = sharedSkeleton(generateAlembic)

type Revisions = Readonly<Record<string, string>>

function withAlembic(revisions: Revisions, use: (context: TestContext) => Promise<void>): Promise<void> {
  return withProject({}, async (directory) => {
    await skeleton.copyTo(directory)
    await writeRevisions(directory, 'alembic', revisions)
    await use(projectContext(directory, await server.createDatabase(), { command: debianPython }))
  })
}

async function writeRevisions(directory: string, folder: string, revisions: Revisions): Promise<void> {
  const files = Object.entries(revisions).map(([id, text]) => [`${folder}/versions/${id}_x.py`, text])
  await writeFiles(directory, Object.fromEntries(files) as Revisions)
}

const a = revision(
  'aaa1',
  null,
  `op.create_table('items', sa.Column('id', sa.BigInteger, primary_key=True))`,
  `op.drop_table('items')`,
)
const b = revision(
  'bbb2',
  'aaa1',
  `op.add_column('items', sa.Column('note', sa.Text))`,
  `op.drop_column('items', 'note')`,
)

describe('read', () => {
  test('tells order, statements and ways back, and changes nothing', async () => {
    const concurrent = `op.execute("SELECT 1")
    with op.get_context().autocommit_block():
        op.create_index('by_note', 'items', ['note'], postgresql_concurrently=True)`
    const revisions = { aaa1: a, bbb2: b, ccc3: revision('ccc3', 'bbb2', concurrent) }
    await withAlembic(revisions, async (context) => {
      expect((await findFramework(context.directory, context.config))?.name).toBe('alembic')
      const { pending, ...rest } = await alembic.read(context)
      expect(rest).toMatchObject({ applied: [], missing: [], problems: [] })
      expect(
        pending.map(({ id, sql, transaction, reverse }) => [id, words(sql), transaction, words(reverse.sql)]),
      ).toEqual([
        [
          'aaa1',
          'CREATE TABLE items ( id BIGSERIAL NOT NULL, PRIMARY KEY (id) );',
          true,
          'DROP TABLE items;',
        ],
        ['bbb2', 'ALTER TABLE items ADD COLUMN note TEXT;', true, 'ALTER TABLE items DROP COLUMN note;'],
        [
          'ccc3',
          'BEGIN; SELECT 1; COMMIT; CREATE INDEX CONCURRENTLY by_note ON items (note);',
          false,
          undefined,
        ],
      ])
      expect(pending[0]).toMatchObject({ name: 'aaa1 for short', file: 'alembic/versions/aaa1_x.py' })
      expect(pending[2]?.reverse.available).toBe(false)
      expect(await query(context, `select to_regclass('alembic_version') as name`)).toEqual([{ name: null }])
      const [start, ...others] = pending
      expect(start?.searchPath).toEqual(['public'])
      const offline = await alembic.read({ ...context, url: null })
      expect(offline.pending).toEqual([{ ...start, searchPath: undefined }, ...others])
    })
  })

  test('what speaks to the database itself is opaque', async () => {
    const asks = revision(
      'aaa1',
      null,
      `op.get_bind().execute(sa.text('CREATE TABLE sneaky (id int)')).rowcount`,
      'raise NotImplementedError()',
    )
    await withAlembic({ aaa1: asks }, async (context) => {
      const { pending } = await alembic.read(context)
      expect(pending[0]?.sql).toBeNull()
      expect(pending[0]?.opaque).toContain('It speaks to the database itself')
      expect(pending[0]?.reverse.available).toBe(false)
      expect(await query(context, `select to_regclass('sneaky') as name`)).toEqual([{ name: null }])
    })
  })

  test('several heads are a problem until they are merged', async () => {
    const heads = { aaa1: a, bbb2: b, ccc3: revision('ccc3', 'aaa1', 'pass') }
    await withAlembic(heads, async (context) => {
      expect((await alembic.read(context)).problems).toEqual([
        'There are several heads, bbb2 and ccc3: run alembic merge heads.',
      ])
      await expect(alembic.apply(context)).rejects.toThrow('several heads')
      await writeRevisions(context.directory, 'alembic', { ddd4: revision('ddd4', ['bbb2', 'ccc3'], 'pass') })
      expect(await alembic.read(context)).toMatchObject({ problems: [] })
      const result = await alembic.apply(context)
      expect(result).toMatchObject({ ok: true })
      expect(result.applied.at(-1)).toBe('ddd4')
      expect(result.applied).toHaveLength(4)
      const back = await alembic.reverse(context, ['ddd4', ...result.applied.slice(1, 3).reverse()])
      expect(back.reason).toBeUndefined()
      expect((await alembic.read(context)).applied).toEqual(['aaa1'])
    })
  })

  test('a revision of the database that is not on disk, a file that cannot be read, a wrong database', async () => {
    await withAlembic({ aaa1: a, bbb2: b }, async (context) => {
      expect((await alembic.apply(context)).ok).toBe(true)
      await rm(join(context.directory, 'alembic/versions/bbb2_x.py'))
      expect(await alembic.read(context)).toMatchObject({
        missing: ['bbb2'],
        pending: [],
        problems: ['The database is at revision bbb2, which is not on disk.'],
      })
      await writeRevisions(context.directory, 'alembic', { bbb2: b, ccc3: 'this is no Python' })
      await expect(alembic.read(context)).rejects.toThrow('SyntaxError')
      await rm(join(context.directory, 'alembic/versions/ccc3_x.py'))
      const env = join(context.directory, 'alembic/env.py')
      const elsewhere = new URL(context.url)
      elsewhere.pathname = '/postgres'
      await writeFile(
        env,
        (await readFile(env, 'utf8')).replace(`os.environ['DATABASE_URL']`, `'${elsewhere.href}'`),
      )
      await expect(alembic.read(context)).rejects.toThrow('does it read DATABASE_URL?')
    })
  })
})

describe('apply and reverse', () => {
  test('a prefix, then a failure; each revision in its own transaction', async () => {
    const bad = revision('ccc3', 'bbb2', `op.execute('SELECT 1/0')`)
    await withAlembic({ aaa1: a, bbb2: b, ccc3: bad }, async (context) => {
      expect(await alembic.apply(context, { count: 1 })).toMatchObject({ ok: true, applied: ['aaa1'] })
      const result = await alembic.apply(context)
      expect(result).toMatchObject({ ok: false, applied: ['bbb2'] })
      expect(result.reason).toContain('Migration ccc3 was not applied: Alembic ended with exit code 1')
      expect((await alembic.reverse(context, ['aaa1'])).reason).toBe(
        'Undoing aaa1 would undo other revisions as well: it was not undone.',
      )
      const back = await alembic.reverse(context, ['bbb2', 'aaa1'])
      expect(back).toMatchObject({ ok: true, applied: ['bbb2', 'aaa1'] })
      expect(await query(context, `select to_regclass('items') as name`)).toEqual([{ name: null }])
    })
  })

  test('gives way to who holds the table', async () => {
    await withAlembic({ aaa1: a, bbb2: b }, async (context) => {
      await alembic.apply(context, { count: 1 })
      await withConnection(context.url, async (client) => {
        await client.query('begin; lock table items in access share mode')
        const printed: string[] = []
        const result = await alembic.apply(context, { onOutput: (text) => printed.push(text) })
        expect(result.output).toContain('lock timeout')
        expect(printed.join('')).toContain('try 2 of 3 follows')
      })
      expect((await alembic.apply(context)).ok).toBe(true)
    })
  })
})

test('Flask-Migrate is asked and run through its app', async () => {
  await withProject({}, async (directory) => {
    await generateFlask(directory)
    await writeRevisions(directory, 'migrations', { aaa1: a, bbb2: b })
    const context = projectContext(directory, await server.createDatabase(), { command: debianPython })
    expect((await findFramework(directory, context.config))?.name).toBe('alembic')
    expect((await alembic.read(context)).pending.map(({ file }) => file)).toEqual([
      'migrations/versions/aaa1_x.py',
      'migrations/versions/bbb2_x.py',
    ])
    expect(await alembic.apply(context)).toMatchObject({ ok: true, applied: ['aaa1', 'bbb2'] })
    expect(await alembic.reverse(context, ['bbb2'])).toMatchObject({ ok: true, applied: ['bbb2'] })
    expect((await alembic.read({ ...context, url: null })).pending).toHaveLength(2)
  })
})

const words = (sql: string | null | undefined) => sql?.replace(/\s+/g, ' ').trim()
