import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import {
  debianPython,
  generateDjango,
  manage,
  migration,
  writeMigrations,
} from '../../../test/support/django-project.ts'
import { query } from '../../../test/support/framework-project.ts'
import { sharedPostgres } from '../../../test/support/shared-postgres.ts'
import { projectContext, withProject, writeFiles, type TestContext } from '../../../test/support/project.ts'
import { withConnection } from '../../postgres/connection.ts'
import { findFramework } from '../frameworks.ts'
import { django } from './django.ts'

const server = sharedPostgres()

const python = { command: debianPython }

const skeletons = new Map<string, Promise<string>>()

/** A project as the generators make it: their start takes longer than most tests. */
function skeleton(apps: readonly string[]): Promise<string> {
  const name = apps.join()
  const made = skeletons.get(name) ?? generate(apps)
  skeletons.set(name, made)
  return made
}

async function generate(apps: readonly string[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'lockkeeper-skeleton-'))
  await generateDjango(directory, apps)
  return directory
}

afterAll(async () => {
  for (const made of skeletons.values()) await rm(await made, { recursive: true, force: true })
})

/** A project with one app, 'shop', on a database of its own. */
function withDjango(use: (context: TestContext) => Promise<void>, apps = ['shop']): Promise<void> {
  return withProject({}, async (directory) => {
    await cp(await skeleton(apps), directory, { recursive: true })
    await use(projectContext(directory, await server.createDatabase(), python))
  })
}

const first = migration(
  `migrations.CreateModel('Product', [('id', models.BigAutoField(primary_key=True)), ('name', models.CharField(max_length=50))])`,
)
const after = (name: string, app = 'shop') => ({ dependencies: `('${app}', '${name}')` })
const addNote = `migrations.AddField('Product', 'note', models.TextField(null=True))`

describe('read', () => {
  test('tells order, statements and ways back, and changes nothing', async () => {
    await withDjango(async (context) => {
      await writeMigrations(context, 'shop', {
        '0001_initial': first,
        '0002_note': migration(addNote, after('0001_initial')),
        '0003_index': migration(
          `AddIndexConcurrently('Product', models.Index(fields=['name'], name='by_name'))`,
          {
            ...after('0002_note'),
            extra: 'atomic = False',
            imports: 'from django.contrib.postgres.operations import AddIndexConcurrently',
          },
        ),
        '0004_sql': migration(
          `migrations.RunSQL('UPDATE shop_product SET note = name')`,
          after('0003_index'),
        ),
      })
      expect((await findFramework(context.directory, context.config))?.name).toBe('django')
      const state = await django.read(context)
      expect(state).toMatchObject({ applied: [], missing: [], problems: [] })
      expect(
        state.pending.map(({ id, file, sql, transaction, reverse }) => ({
          id,
          file,
          sql: sql?.replace(/^--.*\n?/gm, '').trim(),
          transaction,
          reversible: reverse.available,
        })),
      ).toEqual([
        {
          id: 'shop.0001_initial',
          file: 'shop/migrations/0001_initial.py',
          sql: 'CREATE TABLE "shop_product" ("id" bigserial NOT NULL PRIMARY KEY, "name" varchar(50) NOT NULL);',
          transaction: true,
          reversible: true,
        },
        {
          id: 'shop.0002_note',
          file: 'shop/migrations/0002_note.py',
          sql: 'ALTER TABLE "shop_product" ADD COLUMN "note" text NULL;',
          transaction: true,
          reversible: true,
        },
        {
          id: 'shop.0003_index',
          file: 'shop/migrations/0003_index.py',
          sql: 'CREATE INDEX CONCURRENTLY "by_name" ON "shop_product" ("name");',
          transaction: false,
          reversible: true,
        },
        {
          id: 'shop.0004_sql',
          file: 'shop/migrations/0004_sql.py',
          sql: 'UPDATE shop_product SET note = name;',
          transaction: true,
          reversible: false,
        },
      ])
      expect(await query(context, `select to_regclass('django_migrations') as name`)).toEqual([
        { name: null },
      ])
    })
  })

  test('looks into SeparateDatabaseAndState, and says what is opaque', async () => {
    await withDjango(async (context) => {
      const code = 'def fill(apps, editor):\n    apps.get_model("shop", "Product").objects.update(name="x")'
      const custom = `class Custom(migrations.RunSQL):
    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        with schema_editor.connection.cursor() as cursor:
            cursor.execute('CREATE TABLE sneaky (id int)')`
      const separate = (inside: string) =>
        `migrations.SeparateDatabaseAndState(database_operations=[${inside}], state_operations=[${addNote}])`
      await writeMigrations(context, 'shop', {
        '0001_initial': first,
        '0002_separate': migration(
          separate(`migrations.RunSQL('ALTER TABLE shop_product ADD COLUMN note text', 'SELECT 1')`),
          after('0001_initial'),
        ),
        '0003_python': migration(`migrations.RunPython(fill)`, { ...after('0002_separate'), imports: code }),
        '0004_noop': migration(
          `migrations.RunPython(migrations.RunPython.noop, migrations.RunPython.noop)`,
          after('0003_python'),
        ),
        '0005_hidden': migration(
          `migrations.SeparateDatabaseAndState(database_operations=[migrations.RunPython(fill, fill)])`,
          { ...after('0004_noop'), imports: code },
        ),
        '0006_custom': migration(`Custom('SELECT 1')`, {
          ...after('0005_hidden'),
          imports: `from django.db import migrations\n${custom}`,
        }),
      })
      const { pending } = await django.read(context)
      const told = pending.map(({ name, sql, opaque, reverse }) => [
        name,
        sql !== null,
        opaque,
        reverse.available,
      ])
      expect(told).toEqual([
        ['0001_initial', true, undefined, true],
        ['0002_separate', true, undefined, true],
        ['0003_python', false, 'It runs Python: Raw Python operation.', false],
        ['0004_noop', true, undefined, true],
        ['0005_hidden', false, 'It runs Python: Raw Python operation.', true],
        ['0006_custom', false, expect.stringContaining('read-only transaction'), false],
      ])
      expect(pending[1]?.sql).toContain('ALTER TABLE shop_product ADD COLUMN note text;')
      expect(await query(context, `select to_regclass('sneaky') as name`)).toEqual([{ name: null }])
    })
  })

  test('names in the database are asked for, and doubted where a pending migration changes them', async () => {
    await withDjango(async (context) => {
      const unique = (value: string) => `models.CharField(max_length=50${value})`
      const alter = (value: string) =>
        migration(`migrations.AlterField('Product', 'name', ${unique(value)})`, after('0001_initial'))
      await writeMigrations(context, 'shop', {
        '0001_initial': first.replace('max_length=50', 'max_length=50, unique=True'),
        '0002_plain': alter(''),
      })
      const before = await django.read(context)
      expect(before.pending[1]?.sql).toBeNull()
      expect(before.pending[1]?.opaque).toContain('only the database has')
      await manage(context, 'migrate', 'shop', '0001')
      const { pending } = await django.read(context)
      expect(pending[0]?.sql).toMatch(
        /DROP CONSTRAINT "shop_product_name_\w+_uniq|DROP CONSTRAINT "shop_product_name_key"/,
      )
      expect((await django.read({ ...context, url: null })).pending[1]?.sql).toBeNull()
    })
  })

  test('names several leaf migrations, an impossible transaction and what is gone from disk', async () => {
    await withDjango(async (context) => {
      await writeMigrations(context, 'shop', {
        '0001_initial': first,
        '0002_a': migration('', after('0001_initial')),
        '0002_b': migration(`AddIndexConcurrently('Product', models.Index(fields=['name'], name='n'))`, {
          ...after('0001_initial'),
          imports: 'from django.contrib.postgres.operations import AddIndexConcurrently',
        }),
      })
      const { problems, pending } = await django.read(context)
      expect(problems).toEqual([
        'shop has several leaf migrations, 0002_a and 0002_b: run makemigrations --merge.',
        'shop.0002_b will fail: AddIndexConcurrently cannot run in a transaction, and the migration lacks atomic = False.',
      ])
      expect(pending).toHaveLength(3)
      await expect(django.apply(context)).rejects.toThrow('several leaf migrations')
      await rm(join(context.directory, 'shop/migrations/0002_b.py'))
      await manage(context, 'migrate')
      await rm(join(context.directory, 'shop/migrations/0002_a.py'))
      expect(await django.read(context)).toMatchObject({
        missing: ['shop.0002_a'],
        pending: [],
        problems: [],
      })
    })
  })

  test('knows squashed and merge migrations, and other apps that come first', async () => {
    await withDjango(
      async (context) => {
        await writeMigrations(context, 'shop', {
          '0001_initial': first,
          '0002_note': migration(addNote, after('0001_initial')),
          '0001_squashed': migration(
            `migrations.CreateModel('Product', [('id', models.BigAutoField(primary_key=True)), ('name', models.CharField(max_length=50)), ('note', models.TextField(null=True))])`,
            { extra: `replaces = [('shop', '0001_initial'), ('shop', '0002_note')]` },
          ),
          '0003_a': migration('', after('0002_note')),
          '0003_b': migration('', { dependencies: `('shop', '0002_note'), ('zoo', '0001_initial')` }),
          '0004_merge': migration('', { dependencies: `('shop', '0003_a'), ('shop', '0003_b')` }),
        })
        await writeMigrations(context, 'zoo', { '0001_initial': first.replace('Product', 'Animal') })
        const fresh = await django.read(context)
        expect(fresh.problems).toEqual([])
        const order = fresh.pending.map(({ id }) => id)
        expect([...order].sort()).toEqual(
          ['shop.0001_squashed', 'shop.0003_a', 'shop.0003_b', 'shop.0004_merge', 'zoo.0001_initial'].sort(),
        )
        expect(order.indexOf('zoo.0001_initial')).toBeLessThan(order.indexOf('shop.0003_b'))
        expect(fresh.pending.find(({ name }) => name === '0004_merge')?.sql).toBe('')
        await manage(context, 'migrate', 'shop', '0003_a')
        const { applied, pending, missing } = await django.read(context)
        expect({ applied, missing }).toEqual({ applied: ['shop.0001_squashed', 'shop.0003_a'], missing: [] })
        expect(pending).toHaveLength(3)
      },
      ['shop', 'zoo'],
    )
  })

  test('a project that cannot start says so in its own words, without the secret', async () => {
    await withDjango(async (context) => {
      const settings = join(context.directory, 'site_settings/settings.py')
      await writeFile(settings, `raise RuntimeError('no key in ' + __import__('os').environ['DATABASE_URL'])`)
      const secret = { ...context, url: context.url.replace('postgres@', 'postgres:hush@') }
      const error: unknown = await django.read(secret).catch((reason: unknown) => reason)
      expect(String(error)).toContain('no key in [hidden]')
      expect(JSON.stringify(error)).not.toContain('hush')
    })
  })

  test('settings that use another database are refused', async () => {
    await withDjango(async (context) => {
      const other = {
        ...context.config,
        migrations: { ...context.config.migrations, urlVariable: 'OTHER_URL' },
      }
      process.env['DATABASE_URL'] = 'postgres://postgres@127.0.0.1:1/elsewhere'
      try {
        await expect(django.read({ ...context, config: other })).rejects.toThrow('do they read OTHER_URL?')
      } finally {
        delete process.env['DATABASE_URL']
      }
    })
  })
})

describe('apply and reverse', () => {
  const several = {
    '0001_initial': first,
    '0002_note': migration(addNote, after('0001_initial')),
    '0003_bad': migration(`migrations.RunSQL('SELECT 1/0', 'SELECT 1')`, after('0002_note')),
  }

  test('a prefix, then a failure that names its migration', async () => {
    await withDjango(async (context) => {
      await writeMigrations(context, 'shop', several)
      expect(await django.apply(context, { count: 1 })).toMatchObject({
        ok: true,
        applied: ['shop.0001_initial'],
      })
      const result = await django.apply(context)
      expect(result).toMatchObject({ ok: false, exitCode: 1, applied: ['shop.0002_note'] })
      expect(result.reason).toContain(
        'Migration shop.0003_bad was not applied: Django ended with exit code 1',
      )
      expect((await django.read(context)).pending.map(({ id }) => id)).toEqual(['shop.0003_bad'])
    })
  })

  test('goes back one by one, and never further than asked', async () => {
    await withDjango(async (context) => {
      await writeMigrations(context, 'shop', { '0001_initial': first, '0002_note': several['0002_note'] })
      expect((await django.apply(context)).applied).toEqual(['shop.0001_initial', 'shop.0002_note'])
      const tooFar = await django.reverse(context, ['shop.0001_initial'])
      expect(tooFar.reason).toBe(
        'Undoing shop.0001_initial would undo shop.0002_note as well: it was not undone.',
      )
      const back = await django.reverse(context, ['shop.0002_note', 'shop.0001_initial'])
      expect(back).toMatchObject({ ok: true, applied: ['shop.0002_note', 'shop.0001_initial'] })
      expect(await query(context, `select to_regclass('shop_product') as name`)).toEqual([{ name: null }])
    })
  })

  test('gives way to who holds the table, and tries again; options of the settings do not undo that', async () => {
    await withDjango(async (context) => {
      await writeMigrations(context, 'shop', { '0001_initial': first, '0002_note': several['0002_note'] })
      await django.apply(context, { count: 1 })
      const settings = `DATABASES['default']['OPTIONS'] = {'options': '-c search_path=public'}\n`
      const path = 'site_settings/settings.py'
      await writeFiles(context.directory, {
        [path]: (await readFile(join(context.directory, path), 'utf8')) + settings,
      })
      await withConnection(context.url, async (client) => {
        await client.query('begin; lock table shop_product in access share mode')
        const printed: string[] = []
        const result = await django.apply(context, { onOutput: (text) => printed.push(text) })
        expect(result.reason).toContain('lock timeout')
        expect(printed.join('')).toContain('try 2 of 3 follows')
      })
      expect((await django.apply(context)).ok).toBe(true)
    })
  })
})
