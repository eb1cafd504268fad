import { readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { generateAlembic, revision } from '../../../test/support/alembic-project.ts'
import { debianPython } from '../../../test/support/django-project.ts'
import {
  checkOn,
  ids,
  query,
  recognised,
  verdicts,
  whileRead,
} from '../../../test/support/framework-project.ts'
import { sharedPython } from '../../../test/support/pip-frameworks.ts'
import { sharedPostgres } from '../../../test/support/shared-postgres.ts'
import { projectContext, withProject, writeFiles, type TestContext } from '../../../test/support/project.ts'
import { alembic } from './alembic.ts'

const server = sharedPostgres()
const newest = sharedPython(['alembic==1.*', 'sqlalchemy[asyncio]==2.*', 'asyncpg'])

function withAlembic(use: (context: TestContext) => Promise<void>): Promise<void> {
  return withProject({}, async (directory) => {
    await generateAlembic(directory)
    await use(projectContext(directory, await server.createDatabase(), { command: debianPython }))
  })
}

async function edit(context: TestContext, file: string, change: (text: string) => string): Promise<void> {
  const path = join(context.directory, file)
  await writeFile(path, change(await readFile(path, 'utf8')))
}

const create = `op.create_table('items', sa.Column('id', sa.BigInteger, primary_key=True))`
const first = revision('aaa1', null, create, `op.drop_table('items')`)

test('branches with labels, in folders of their own, one of which depends on the other', async () => {
  await withAlembic(async (context) => {
    await edit(context, 'alembic.ini', (text) =>
      text
        .replace(/^# version_locations = .*$/m, 'version_locations = shop/versions reports/versions')
        .replace(/^version_path_separator = .*$/m, 'version_path_separator = space'),
    )
    const column = (name: string) => `op.add_column('items', sa.Column('${name}', sa.Text))`
    await writeFiles(context.directory, {
      'shop/versions/aaa1_x.py': revision('aaa1', null, create, `op.drop_table('items')`, { label: 'shop' }),
      'shop/versions/aaa2_x.py': revision('aaa2', 'aaa1', column('note'), `op.drop_column('items', 'note')`),
      'reports/versions/bbb1_x.py': revision('bbb1', null, column('report'), 'pass', {
        label: 'reports',
        dependsOn: 'aaa1',
      }),
    })
    const { pending, problems } = await alembic.read(context)
    expect(problems).toEqual([])
    expect(ids(pending).sort()).toEqual(['aaa1', 'aaa2', 'bbb1'])
    expect(ids(pending).indexOf('aaa1')).toBeLessThan(ids(pending).indexOf('bbb1'))
    expect(pending.find(({ id }) => id === 'bbb1')?.file).toBe('reports/versions/bbb1_x.py')
    expect(await alembic.apply(context)).toMatchObject({ ok: true })
    expect((await alembic.read(context)).pending).toEqual([])
    expect(await alembic.reverse(context, ['aaa2'])).toMatchObject({ ok: true, applied: ['aaa2'] })
    expect(ids((await alembic.read(context)).pending)).toEqual(['aaa2'])
  })
})

test('several heads make the check unknown', async () => {
  await withAlembic(async (context) => {
    await writeFiles(context.directory, {
      'alembic/versions/aaa1_x.py': first,
      'alembic/versions/bbb1_x.py': revision('bbb1', 'aaa1', 'pass'),
      'alembic/versions/ccc1_x.py': revision('ccc1', 'aaa1', 'pass'),
    })
    const { verdict, problems } = await checkOn(context)
    expect(problems).toEqual(['There are several heads, bbb1 and ccc1: run alembic merge heads.'])
    expect(verdict).toBe('unknown')
  })
})

test('several statements in one text outside a transaction are one', async () => {
  await withAlembic(async (context) => {
    const index = (name: string) => `CREATE INDEX CONCURRENTLY ${name} ON items (id)`
    const block = (...texts: readonly string[]) =>
      ['with op.get_context().autocommit_block():', ...texts.map((sql) => `    op.execute("${sql}")`)].join(
        '\n    ',
      )
    await writeFiles(context.directory, {
      'alembic/versions/aaa1_x.py': first,
      'alembic/versions/bbb1_x.py': revision('bbb1', 'aaa1', block(index('a'), index('b'))),
      'alembic/versions/ccc1_x.py': revision('ccc1', 'bbb1', block(`${index('c')}; ${index('d')}`)),
    })
    expect(await verdicts(context)).toMatchObject({ bbb1: 'safe', ccc1: 'unsafe' })
    expect(await alembic.apply(context)).toMatchObject({ ok: false, applied: ['aaa1', 'bbb1'] })
  })
})

test('a search path that env.py sets is that of the judgement', async () => {
  await withAlembic(async (context) => {
    await query(context, 'create schema extra')
    await edit(context, 'alembic/env.py', (text) =>
      text.replace(
        /^( +)context\.configure\(\n +connection=/m,
        (found, blanks: string) => `${blanks}connection.execute('set search_path to extra')\n${found}`,
      ),
    )
    await writeFiles(context.directory, { 'alembic/versions/aaa1_x.py': first })
    expect(await alembic.apply(context)).toMatchObject({ ok: true })
    await query(context, 'insert into extra.items (id) select generate_series(1, 9)')
    await writeFiles(context.directory, {
      'alembic/versions/bbb1_x.py': revision('bbb1', 'aaa1', `op.drop_column('items', 'id')`),
    })
    const { pending } = await alembic.read(context)
    expect(pending[0]?.searchPath).toEqual(['extra'])
    const { migrations } = await checkOn(context)
    expect(migrations.flatMap(({ findings }) => findings.map(({ message }) => message)).join()).toContain(
      'extra.items',
    )
  })
})

test('revisions that Alembic cannot follow are told in its telling words', async () => {
  await withAlembic(async (context) => {
    const note = `op.add_column('items', sa.Column('note', sa.Text))`
    await writeFiles(context.directory, {
      'alembic/versions/aaa1_x.py': first,
      'alembic/versions/bbb1_x.py': revision('bbb1', 'aaa1', note),
      'alembic/versions/bbb1_copy.py': revision('bbb1', 'aaa1', note),
    })
    expect((await alembic.read(context)).problems).toEqual(['Revision bbb1 is present more than once.'])
    await rm(join(context.directory, 'alembic/versions/bbb1_copy.py'))
    await writeFiles(context.directory, { 'alembic/versions/ccc1_x.py': revision('ccc1', 'nope', note) })
    await expect(alembic.read(context)).rejects.toThrow(
      /Revision nope referenced from nope -> ccc1.* is not present/,
    )
  })
})

test('an env.py that changes the database when it is only asked says so', async () => {
  await withAlembic(async (context) => {
    await writeFiles(context.directory, { 'alembic/versions/aaa1_x.py': first })
    await edit(context, 'alembic/env.py', (text) =>
      text.replace(
        /^( +)context\.configure\(\n +connection=/m,
        (found, blanks: string) => `${blanks}connection.execute('create schema extra')\n${found}`,
      ),
    )
    await expect(alembic.read(context)).rejects.toThrow(
      'env.py changes the database even when it is only asked: cannot execute CREATE SCHEMA in a read-only transaction. Do that in a revision.',
    )
  })
})

test('an env.py that needs variables is told them, and says itself which one is missing', async () => {
  await withAlembic(async (context) => {
    await writeFiles(context.directory, { 'alembic/versions/aaa1_x.py': first })
    await edit(context, 'alembic/env.py', (text) => `import os\nstage = os.environ['SHOP_STAGE']\n${text}`)
    await expect(alembic.read(context)).rejects.toThrow(`KeyError: 'SHOP_STAGE'`)
    const migrations = { ...context.config.migrations, environment: { SHOP_STAGE: 'production' } }
    const told = { ...context, config: { ...context.config, migrations } }
    expect(await alembic.apply(told)).toMatchObject({ ok: true, applied: ['aaa1'] })
  })
})

test('an asynchronous env.py, on SQLAlchemy 2 and asyncpg, in the virtual environment of a project', async () => {
  await withProject({}, async (directory) => {
    await generateAlembic(directory, join(newest.folder, 'bin/python'), '--template', 'async')
    await symlink(newest.folder, join(directory, '.venv'))
    const context = projectContext(directory, await server.createDatabase())
    await edit(context, 'alembic/env.py', (text) =>
      text.replace(`'postgresql://'`, `'postgresql+asyncpg://'`),
    )
    await writeFiles(directory, {
      'alembic/versions/aaa1_x.py': first,
      'alembic/versions/bbb1_x.py': revision(
        'bbb1',
        'aaa1',
        `op.add_column('items', sa.Column('note', sa.Text))`,
        `op.drop_column('items', 'note')`,
      ),
    })
    expect(await recognised(context)).toBe('alembic')
    expect(await alembic.apply(context, { count: 1 })).toMatchObject({ ok: true, applied: ['aaa1'] })
    expect(await verdicts(context)).toEqual({ bbb1: 'safe' })
    const several = `op.execute("UPDATE items SET id = 1; -- one;\\nUPDATE items SET id = 2")`
    await writeFiles(directory, {
      'alembic/versions/ccc1_x.py': revision('ccc1', 'bbb1', `op.execute("SELECT ';'; ")`),
      'alembic/versions/ddd1_x.py': revision('ddd1', 'ccc1', several),
    })
    const { problems } = await alembic.read(context)
    expect(problems).toEqual([
      'Revision ddd1 will fail: the driver takes one statement at a time, and it sends several in one text.',
    ])
    await rm(join(directory, 'alembic/versions/ddd1_x.py'))
    await rm(join(directory, 'alembic/versions/ccc1_x.py'))
    const locked = await whileRead(context, 'items', () => alembic.apply(context))
    expect(locked.output).toContain('lock timeout')
    expect(await alembic.apply(context)).toMatchObject({ ok: true, applied: ['bbb1'] })
    expect(await alembic.reverse(context, ['bbb1'])).toMatchObject({ ok: true, applied: ['bbb1'] })
    expect(await query(context, 'select version_num from alembic_version')).toEqual([{ version_num: 'aaa1' }])
  })
})
