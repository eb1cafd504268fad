import { readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { generateAlembic, revision } from '../../../test/support/alembic-project.ts'
import { debianPython } from '../../../test/support/django-project.ts'
import { sharedPython } from '../../../test/support/pip-frameworks.ts'
import { sharedPostgres } from '../../../test/support/shared-postgres.ts'
import { sharedSkeleton } from '../../../test/support/shared-skeleton.ts'
import { projectContext, withProject, writeFiles, type TestContext } from '../../../test/support/project.ts'
import { alembic } from './alembic.ts'

const server = sharedPostgres()
const skeleton = sharedSkeleton(generateAlembic)
const newest = sharedPython(['alembic==1.*', 'sqlalchemy[asyncio]==2.*', 'psycopg[binary]==3.*'])

const table = `t = sa.table('items', sa.column('id', sa.Integer), sa.column('kind', sa.Text))`
const lines = (...all: readonly string[]): string => all.join('\n    ')
const query = (name: string, ...all: readonly string[]) => [
  name,
  lines(...all),
  /^It speaks to the database itself/,
]

/** What a revision does, and what is told of it: its statements, or why they are not known. */
const cases: readonly (readonly [string, string, string | RegExp])[] = (
  [
    [
      'a parameter',
      `op.get_bind().execute(sa.text('DELETE FROM items WHERE kind = :k'), {'k': "o'c"})`,
      `DELETE FROM items WHERE kind = 'o''c';`,
    ],
    [
      'one of core',
      lines(table, `op.get_bind().execute(t.delete().where(t.c.kind == sa.bindparam('k')), {'k': 'a'})`),
      `DELETE FROM items WHERE items.kind = 'a';`,
    ],
    [
      'several rows',
      lines(table, `op.get_bind().execute(t.insert(), [{'id': 1, 'kind': 'a'}, {'id': 2, 'kind': 'b%'}])`),
      `INSERT INTO items (id, kind) VALUES (1, 'a'); INSERT INTO items (id, kind) VALUES (2, 'b%');`,
    ],
    [
      'an update',
      lines(
        table,
        `op.get_bind().execute(t.update().where(t.c.id == sa.bindparam('own')).values(kind=sa.bindparam('k')), {'own': 1, 'k': 'z'})`,
      ),
      `UPDATE items SET kind='z' WHERE items.id = 1;`,
    ],
    [
      'rows',
      lines(table, `op.bulk_insert(t, [{'id': 5, 'kind': 'b%'}, {'id': 6, 'kind': None}])`),
      `INSERT INTO items (id, kind) VALUES (5, 'b%'); INSERT INTO items (id, kind) VALUES (6, NULL);`,
    ],
    [
      'a parameter without a value',
      `op.get_bind().execute(sa.text('DELETE FROM items WHERE kind = :k'))`,
      /no value is given for the parameter k/,
    ],
    [
      'a parameter without a value, caught',
      lines(
        'try:',
        `    op.get_bind().execute(sa.text('DELETE FROM items WHERE kind = :k'))`,
        'except Exception:',
        '    pass',
      ),
      /no value is given/,
    ],
    [
      'per cent',
      lines(
        `op.create_check_constraint('c', 'items', "kind <> '100%' AND id % 2 = 0")`,
        `op.execute("UPDATE items SET kind = '%x' WHERE id % 3 = 0")`,
      ),
      `ALTER TABLE items ADD CONSTRAINT c CHECK (kind <> '100%' AND id % 2 = 0); UPDATE items SET kind = '%x' WHERE id % 3 = 0;`,
    ],
    [
      'a branch for --sql',
      lines('if not op.get_context().as_sql:', `    op.drop_column('items', 'kind')`),
      'ALTER TABLE items DROP COLUMN kind;',
    ],
    [
      'the same of the command',
      lines(
        'from alembic import context',
        'if not context.is_offline_mode():',
        `    op.drop_column('items', 'kind')`,
      ),
      'ALTER TABLE items DROP COLUMN kind;',
    ],
    [
      'the kind of database',
      lines(`if op.get_bind().dialect.name == 'postgresql':`, `    op.drop_column('items', 'kind')`),
      'ALTER TABLE items DROP COLUMN kind;',
    ],
    [
      'an argument that nobody gives',
      lines(
        'from alembic import context',
        `if not context.get_x_argument(as_dictionary=True).get('keep'):`,
        `    op.drop_column('items', 'kind')`,
      ),
      'ALTER TABLE items DROP COLUMN kind;',
    ],
    query('an inspector', `if sa.inspect(op.get_bind()).has_table('items'):`, `    op.drop_table('items')`),
    query(
      'the same, caught',
      'try:',
      `    found = sa.inspect(op.get_bind()).has_table('items')`,
      'except Exception:',
      '    found = False',
      'if found:',
      `    op.drop_table('items')`,
    ),
    query(
      'any failure caught',
      'try:',
      `    found = op.get_bind().dialect.has_table(op.get_bind(), 'items')`,
      'except:',
      '    found = False',
    ),
    query(
      'a count',
      `if op.get_bind().execute(sa.text('select count(*) from items')):`,
      `    op.drop_table('items')`,
    ),
    query(
      'rows of a loop',
      `for row in op.get_bind().execute(sa.text('select id from items')):`,
      `    op.execute('UPDATE items SET id = %d' % row.id)`,
    ),
    query('what was deleted', `op.get_bind().execute(sa.text('DELETE FROM items')).rowcount`),
    query(
      'a session',
      'from sqlalchemy.orm import Session',
      `session = Session(bind=op.get_bind())`,
      `session.execute(sa.text('DELETE FROM items'))`,
      'session.commit()',
    ),
    query('the heads', 'op.get_context().get_current_revision()'),
    [
      'a result that nobody takes',
      `op.get_bind().execute(sa.text("select set_config('a.b', 'c', false)"))`,
      `select set_config('a.b', 'c', false);`,
    ],
    [
      'a type',
      lines(
        `kind = sa.Enum('a', 'b', name='kind_of_item')`,
        'kind.create(op.get_bind())',
        `op.add_column('items', sa.Column('mood', kind))`,
      ),
      `CREATE TYPE kind_of_item AS ENUM ('a', 'b'); ALTER TABLE items ADD COLUMN mood kind_of_item;`,
    ],
    [
      'several columns',
      lines(
        `with op.batch_alter_table('items') as batch:`,
        `    batch.add_column(sa.Column('z', sa.Integer))`,
        `    batch.drop_column('kind')`,
      ),
      'ALTER TABLE items ADD COLUMN z INTEGER; ALTER TABLE items DROP COLUMN kind;',
    ],
  ] as const
).map(([name, upgrade, told]) => [name as string, upgrade as string, told])

async function writeChain(
  { directory }: Pick<TestContext, 'directory'>,
  all: readonly string[],
): Promise<void> {
  const files = all.map((upgrade, index) => [
    `alembic/versions/r${index}_x.py`,
    revision(`r${index}`, index === 0 ? null : `r${index - 1}`, upgrade),
  ])
  await writeFiles(directory, Object.fromEntries(files) as Record<string, string>)
}

const words = (sql: string | null) => sql?.replace(/\s+/g, ' ').trim() ?? ''

describe.each(['of Debian', 'newest'])('Alembic %s', (which) => {
  const told = new Map<string, { sql: string | null; opaque?: string }>()
  let version: { sql: string | null; opaque?: string } | undefined

  beforeAll(() =>
    withProject({}, async (directory) => {
      await skeleton.copyTo(directory)
      if (which === 'newest') await symlink(newest.folder, join(directory, '.venv'))
      const own = which === 'newest' ? {} : { command: debianPython }
      const context = projectContext(directory, await server.createDatabase(), own)
      const asks = lines(
        'if op.get_bind().dialect.server_version_info >= (9,):',
        `    op.drop_table('items')`,
      )
      await writeChain(context, [...cases.map(([, upgrade]) => upgrade), asks])
      const { pending } = await alembic.read(context)
      cases.forEach(([name], index) => told.set(name, pending[index] ?? { sql: null }))
      version = pending.at(-1)
      const offline = await alembic.read({ ...context, url: null })
      const statements = (all: typeof pending) => all.slice(0, -1).map(({ sql, opaque }) => opaque ?? sql)
      expect(statements(offline.pending)).toEqual(statements(pending))
      expect(offline.pending.at(-1)?.opaque).toContain('the version of the server')
    }),
  )

  test.each(cases)('%s', (name, _, expected) => {
    const { sql = null, opaque } = told.get(name) ?? {}
    if (typeof expected === 'string') expect(opaque ?? words(sql)).toBe(expected)
    else expect(opaque ?? words(sql)).toMatch(expected)
  })

  test('the version of the server, where one is asked', () => {
    expect(words(version?.sql ?? null)).toBe('DROP TABLE items;')
  })
})

test('names follow the convention of the models, with and without a database', async () => {
  await withProject({}, async (directory) => {
    await skeleton.copyTo(directory)
    const context = projectContext(directory, await server.createDatabase(), { command: debianPython })
    const path = join(directory, 'alembic/env.py')
    const names = `{'ck': 'ck_%(table_name)s_%(constraint_name)s', 'uq': 'uq_%(table_name)s_%(column_0_name)s'}`
    const models = `from sqlalchemy import MetaData\ntarget_metadata = MetaData(naming_convention=${names})`
    await writeFile(path, (await readFile(path, 'utf8')).replace('target_metadata = None', models))
    await writeChain(context, [
      lines(
        `op.create_check_constraint('pos', 'items', 'id > 0')`,
        `op.create_unique_constraint(None, 'items', ['kind'])`,
      ),
    ])
    for (const url of [context.url, null]) {
      const { pending, namingConvention } = await alembic.read({ ...context, url })
      expect(namingConvention).toBe(true)
      expect(words(pending[0]?.sql ?? null)).toBe(
        'ALTER TABLE items ADD CONSTRAINT ck_items_pos CHECK (id > 0); ALTER TABLE items ADD CONSTRAINT uq_items_kind UNIQUE (kind);',
      )
    }
  })
})

test('the release phase runs all revisions in one transaction, unless env.py says otherwise', async () => {
  await withProject({}, async (directory) => {
    await skeleton.copyTo(directory)
    const context = projectContext(directory, await server.createDatabase(), { command: debianPython })
    const block = lines('with op.get_context().autocommit_block():', `    op.execute('VACUUM')`)
    await writeChain(context, ['pass', 'pass', block, 'pass', 'pass'])
    const told = async (run: 'before-push' | 'release-phase') => {
      const config = { ...context.config, migrate: { ...context.config.migrate, run } }
      return (await alembic.read({ ...context, config })).pending.map(({ joins = false }) => joins)
    }
    expect(await told('before-push')).toEqual([false, false, false, false, false])
    expect(await told('release-phase')).toEqual([false, true, false, false, true])
    const path = join(directory, 'alembic/env.py')
    const each = 'transaction_per_migration=True, target_metadata='
    await writeFile(path, (await readFile(path, 'utf8')).replaceAll('target_metadata=', each))
    expect(await told('release-phase')).toEqual([false, false, false, false, false])
  })
})
