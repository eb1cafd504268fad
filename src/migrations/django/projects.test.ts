import { mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  debianPython,
  generateDjango,
  manage,
  manageWith,
  migration,
  writeMigrations,
} from '../../../test/support/django-project.ts'
import { checkOn, query, recognised, verdicts, whileRead } from '../../../test/support/framework-project.ts'
import { sharedPython } from '../../../test/support/pip-frameworks.ts'
import { sharedPostgres } from '../../../test/support/shared-postgres.ts'
import { projectContext, withProject, writeFiles, type TestContext } from '../../../test/support/project.ts'
import { django } from './django.ts'
import { readDjango } from './read.ts'

const server = sharedPostgres()
const newest = sharedPython(['django==5.2.*', 'psycopg[binary]==3.*'])

const python = { command: debianPython }

function withShop(use: (context: TestContext) => Promise<void>): Promise<void> {
  return withProject({}, async (directory) => {
    await generateDjango(directory, ['shop'])
    await use(projectContext(directory, await server.createDatabase(), python))
  })
}

async function addSettings({ directory }: TestContext, text: string): Promise<void> {
  const path = join(directory, 'site_settings/settings.py')
  await writeFile(path, `${await readFile(path, 'utf8')}\n${text}`)
}

const product = `migrations.CreateModel('Product', [('id', models.BigAutoField(primary_key=True)), ('name', models.CharField(max_length=50))])`
const addNote = `migrations.AddField('Product', 'note', models.TextField(null=True))`
const after = (name: string, app = 'shop') => ({ dependencies: `('${app}', '${name}')` })
const statements = (sql: string | null | undefined) =>
  sql
    ?.split('\n')
    .filter((line) => line.trim() !== '' && !/^(--|BEGIN;|COMMIT;)/.test(line))
    .join('\n')

test('Django 5.2 with psycopg 3, in the virtual environment of a project', async () => {
  await withProject({}, async (directory) => {
    await generateDjango(directory, ['shop'], join(newest.folder, 'bin/python'))
    await symlink(newest.folder, join(directory, '.venv'))
    const context = projectContext(directory, await server.createDatabase())
    const run = (...words: string[]) => manageWith(join(newest.folder, 'bin/python'), context, ...words)
    const model = (fields: string) =>
      writeFiles(directory, {
        'shop/models.py': `from django.db import models\nclass Product(models.Model):\n    ${fields}\n`,
      })
    await model('name = models.CharField(max_length=50)')
    await run('makemigrations', 'shop')
    expect(await recognised(context)).toBe('django')
    expect(await django.apply(context)).toMatchObject({ ok: true, applied: ['shop.0001_initial'] })
    await model('note = models.TextField(db_default="")')
    await run('makemigrations', 'shop', '--name', 'other')
    const { pending, problems } = await django.read(context)
    expect(problems).toEqual([])
    expect(statements(pending[0]?.sql)).toBe(statements(await run('sqlmigrate', 'shop', '0002')))
    expect(await verdicts(context)).toEqual({ 'shop.0002_other': 'unsafe' })
    const locked = await whileRead(context, 'shop_product', () => django.apply(context))
    expect(locked.reason).toContain('lock timeout')
    expect(await django.apply(context)).toMatchObject({ ok: true, applied: ['shop.0002_other'] })
    expect(await django.reverse(context, ['shop.0002_other'])).toMatchObject({ ok: true })
  })
})

test("what a new project brings with it: Django's own apps, a user of its own, and what is opaque of them", async () => {
  await withShop(async (context) => {
    const own = ['auth', 'contenttypes', 'sessions'].map((app) => `'django.contrib.${app}'`)
    await addSettings(context, `INSTALLED_APPS += [${own.join(', ')}]\nAUTH_USER_MODEL = 'shop.Owner'`)
    await writeFiles(context.directory, {
      'shop/models.py': `from django.contrib.auth.models import AbstractUser\nfrom django.db import models
class Owner(AbstractUser):\n    pass\nclass Product(models.Model):\n    owner = models.ForeignKey('shop.Owner', models.CASCADE)\n`,
    })
    await manage(context, 'makemigrations', 'shop')
    const { pending } = await django.read(context)
    const opaque = pending.filter(({ sql }) => sql === null).map(({ id }) => id)
    expect(opaque).toEqual(['auth.0011_update_proxy_permissions'])
    for (const { id, sql } of pending) {
      if (sql === null || !/^(shop|auth\.0001|contenttypes)/.test(id)) continue
      const [app = '', name = ''] = id.split('.')
      expect(`${id}: ${statements(sql)}`).toBe(
        `${id}: ${statements(await manage(context, 'sqlmigrate', app, name))}`,
      )
    }
    expect((await django.apply(context)).ok).toBe(true)
    expect((await django.read(context)).pending).toEqual([])
  })
})

describe('several databases', () => {
  const router = `class Router:
    def allow_migrate(self, db, app_label, **hints):
        return (db == 'reports') == (app_label == 'reports')
`
  const databases = `
DATABASES['reports'] = dict(DATABASES['default'], NAME=urlsplit(__import__('os').environ['REPORTS_URL']).path[1:])
DATABASE_ROUTERS = ['site_settings.router.Router']
INSTALLED_APPS += ['reports']
`
  const code = 'def fill(apps, editor):\n    pass'

  test('the one that is the target counts, with what the routers let into it', async () => {
    await withShop(async (first) => {
      const reportsUrl = await server.createDatabase()
      const environment = { DATABASE_URL: first.url, REPORTS_URL: reportsUrl }
      const context = projectContext(first.directory, first.url, { ...python, environment })
      const reports = projectContext(first.directory, reportsUrl, {
        ...python,
        environment,
        urlVariable: 'REPORTS_URL',
      })
      await writeFiles(context.directory, {
        'site_settings/router.py': router,
        'reports/__init__.py': '',
        'reports/migrations/__init__.py': '',
      })
      await addSettings(context, databases)
      await writeMigrations(context, 'shop', {
        '0001_initial': migration(product),
        '0002_fill': migration('migrations.RunPython(fill)', { ...after('0001_initial'), imports: code }),
      })
      await writeMigrations(context, 'reports', {
        '0001_initial': migration(product.replace('Product', 'Report')),
      })
      const told = async (where: TestContext) =>
        (await django.read(where)).pending.map(({ id, sql }) => [
          id,
          sql === null ? 'opaque' : statements(sql) === '' ? 'nothing' : 'statements',
        ])
      expect((await told(context)).sort()).toEqual([
        ['reports.0001_initial', 'nothing'],
        ['shop.0001_initial', 'statements'],
        ['shop.0002_fill', 'opaque'],
      ])
      expect((await told(reports)).sort()).toEqual([
        ['reports.0001_initial', 'statements'],
        ['shop.0001_initial', 'nothing'],
        ['shop.0002_fill', 'nothing'],
      ])
      expect((await django.apply(reports)).ok).toBe(true)
      expect(await query(reports, `select to_regclass('reports_report')::text as name`)).toEqual([
        { name: 'reports_report' },
      ])
      expect((await django.read(reports)).pending).toEqual([])
      expect((await django.read(context)).pending).toHaveLength(3)
    })
  })
})

test('a squashed migration of which a part is applied gives way to those that it replaces', async () => {
  await withShop(async (context) => {
    await writeMigrations(context, 'shop', {
      '0001_initial': migration(product),
      '0002_note': migration(addNote, after('0001_initial')),
    })
    await manage(context, 'migrate', 'shop', '0001')
    await writeMigrations(context, 'shop', {
      '0001_squashed': migration(product.replace(')])', `), ('note', models.TextField(null=True))])`), {
        extra: `replaces = [('shop', '0001_initial'), ('shop', '0002_note')]`,
      }),
    })
    const { applied, pending } = await django.read(context)
    expect({ applied, pending: pending.map(({ id }) => id) }).toEqual({
      applied: ['shop.0001_initial'],
      pending: ['shop.0002_note'],
    })
    expect((await django.apply(context)).applied).toEqual(['shop.0002_note'])
    expect(await django.read(context)).toMatchObject({ applied: ['shop.0001_squashed'], missing: [] })
  })
})

test('a history that cannot have come about is a problem, and makes the check unknown', async () => {
  await withShop(async (context) => {
    await writeMigrations(context, 'shop', {
      '0001_initial': migration(product),
      '0002_note': migration(addNote, after('0001_initial')),
    })
    await manage(context, 'migrate')
    await query(context, `delete from django_migrations where name = '0001_initial'`)
    const { verdict, problems } = await checkOn(context)
    expect(problems.join()).toContain('shop.0002_note is applied before its dependency shop.0001_initial')
    expect(verdict).not.toBe('safe')
  })
})

test('several statements in one text of RunSQL are one transaction, those of a list are not', async () => {
  await withShop(async (context) => {
    const index = (name: string) => `'CREATE INDEX CONCURRENTLY ${name} ON shop_product (name)'`
    const outside = (sql: string, before: string) =>
      migration(`migrations.RunSQL(${sql})`, { ...after(before), extra: 'atomic = False' })
    await writeMigrations(context, 'shop', {
      '0001_initial': migration(product),
      '0002_list': outside(`[${index('a')}, ${index('b')}]`, '0001_initial'),
      '0003_text': outside(`${index('c')} ';' ${index('d')}`, '0002_list'),
    })
    const told = await verdicts(context)
    expect(told).toMatchObject({ 'shop.0002_list': 'safe', 'shop.0003_text': 'unsafe' })
    const result = await django.apply(context)
    expect(result).toMatchObject({ ok: false, applied: ['shop.0001_initial', 'shop.0002_list'] })
    expect(result.reason).toContain('cannot run inside a transaction block')
  })
})

test('a search path of the settings is that of the judgement', async () => {
  await withShop(async (context) => {
    await query(context, 'create schema extra')
    await addSettings(context, `DATABASES['default']['OPTIONS'] = {'options': '-c search_path=extra'}`)
    await writeMigrations(context, 'shop', { '0001_initial': migration(product) })
    await manage(context, 'migrate')
    await query(context, `insert into extra.shop_product (name) select 'a' from generate_series(1, 9)`)
    const check = `models.CheckConstraint(check=models.Q(name__gt='b'), name='late')`
    await writeMigrations(context, 'shop', {
      '0002_check': migration(`migrations.AddConstraint('Product', ${check})`, after('0001_initial')),
    })
    const { migrations } = await checkOn(context)
    const words = migrations.flatMap(({ findings }) => findings.map(({ message }) => message)).join()
    expect(words).toContain('extra.shop_product has rows that violate late: 9')
  })
})

test('COPY from the client, which no driver takes as a statement, is a problem', async () => {
  await withShop(async (context) => {
    const sql = `"COPY shop_product FROM stdin; -- COPY shop_product TO stdout"`
    await writeMigrations(context, 'shop', {
      '0001_initial': migration(product),
      '0002_words': migration(`migrations.RunSQL("SELECT 'COPY a FROM stdin'")`, after('0001_initial')),
      '0003_copy': migration(`migrations.RunSQL(${sql})`, after('0002_words')),
    })
    const { problems } = await django.read(context)
    expect(problems).toEqual([
      'shop.0003_copy will fail: the driver does not take COPY from or to the client as a statement.',
    ])
  })
})

describe('where things are', () => {
  test('manage.py in a folder of its own, beside its environment, and settings by a variable', async () => {
    await withProject({}, async (directory) => {
      const backend = join(directory, 'backend')
      await mkdir(backend)
      await generateDjango(backend, ['shop'])
      const settings = join(backend, 'site_settings/settings.py')
      await rename(settings, join(backend, 'site_settings/production.py'))
      await mkdir(join(backend, '.venv/bin'), { recursive: true })
      await symlink(debianPython, join(backend, '.venv/bin/python'))
      await writeFile(
        join(backend, '.venv/pyvenv.cfg'),
        'home = /usr/bin\ninclude-system-site-packages = true\n',
      )
      const environment = { DJANGO_SETTINGS_MODULE: 'site_settings.production' }
      const context = projectContext(directory, await server.createDatabase(), { environment })
      await writeMigrations({ ...context, directory: backend }, 'shop', {
        '0001_initial': migration(product),
      })
      const { pending } = await django.read(context)
      expect(pending.map(({ file }) => file)).toEqual(['backend/shop/migrations/0001_initial.py'])
      expect((await django.apply(context)).ok).toBe(true)
      expect((await readDjango(context)).python).toEqual([join(backend, '.venv/bin/python')])
    })
  })
})

describe('trouble', () => {
  test('what the settings print is no part of the answer', async () => {
    await withShop(async (context) => {
      await addSettings(context, `print('{"noise": true}')\n__import__('os').system('echo more noise')`)
      await writeMigrations(context, 'shop', { '0001_initial': migration(product) })
      expect((await django.read(context)).pending).toHaveLength(1)
    })
  })

  test('a failure is told with its place, and without frames or lines of source', async () => {
    await withShop(async (context) => {
      await addSettings(
        context,
        `def connect(**_): raise ValueError('no route')\nconnect(api_key='AKQ9x8w7')`,
      )
      const error = await django.read(context).catch((reason: unknown) => reason)
      expect(error).toMatchObject({
        message: expect.stringMatching(
          /It said: ValueError: no route \(site_settings\/settings\.py, line \d+\)$/,
        ) as unknown,
        next: [],
      })
    })
  })

  test('a project that ends Python, and an interpreter that is not there', async () => {
    await withShop(async (context) => {
      await addSettings(context, `__import__('sys').exit(86)`)
      await expect(django.read(context)).rejects.toThrow('The project ended Python with exit code 86')
      const migrations = { ...context.config.migrations, command: '/nonexistent/python' }
      const wrong = { ...context, config: { ...context.config, migrations } }
      await expect(django.read(wrong)).rejects.toThrow(
        'The interpreter that migrations.command names, /nonexistent/python, cannot be started, or has no Django.',
      )
    })
  })

  test('settings that hang are ended at the deadline, a broken file is told in the words of Python', async () => {
    await withShop(async (context) => {
      await writeMigrations(context, 'shop', { '0001_initial': 'this is no Python' })
      await expect(django.read(context)).rejects.toThrow('SyntaxError')
      await addSettings(context, `__import__('time').sleep(600)`)
      const migrate = { ...context.config.migrate, deadline: 3 }
      const hasty = { ...context, config: { ...context.config, migrate } }
      await expect(django.read(hasty)).rejects.toThrow('Django did not answer within 3 s.')
    })
  })
})
