import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { debianPython, generateDjango, migration } from '../../../test/support/django-project.ts'
import { sharedPostgres } from '../../../test/support/shared-postgres.ts'
import { sharedSkeleton } from '../../../test/support/shared-skeleton.ts'
import { withProject, writeFiles } from '../../../test/support/project.ts'
import { prove, rulesWithRecipe, type ProofOptions } from '../../../test/support/recipe-world.ts'

const run = promisify(execFile)

const server = sharedPostgres()
const skeleton = sharedSkeleton((directory) => generateDjango(directory, ['shop']))
let version: readonly [number, number]
beforeAll(async () => {
  const { stdout } = await run(debianPython, ['-m', 'django', '--version'])
  const [major = 0, minor = 0] = stdout.split('.').map(Number)
  version = [major, minor]
})

/** What Django knows of the tables of the examples. */
const models = migration(
  `migrations.SeparateDatabaseAndState(state_operations=[
            migrations.CreateModel('User', [('id', models.BigAutoField(primary_key=True))], {'db_table': 'users'}),
            migrations.CreateModel('Item', [
                ('id', models.BigIntegerField(primary_key=True)),
                ('code', models.TextField(null=True)),
                ('note', models.TextField(null=True)),
                ('price', models.IntegerField(default=1)),
                ('owner_id', models.BigIntegerField(null=True)),
                ('hidden', models.BooleanField(null=True)),
            ], {'db_table': 'items'}),
        ])`,
)

/** Reads and writes every model as the migrations leave it: what Django believes must be so. */
const tryModels = `
import django
django.setup()
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
for model in MigrationLoader(connection).project_state().apps.get_models():
    list(model.objects.all()[:1])
    with transaction.atomic():
        for row in model.objects.all()[:1]:
            row.save()
        transaction.set_rollback(True)
`

const inDjango = (): ProofOptions => ({
  target: { framework: 'django', version },
  ignore: ['django_migrations', 'django_migrations_id_seq'],
  withProject: (url, code, use) =>
    withProject({}, async (directory) => {
      await skeleton.copyTo(directory)
      const migrations = code.map(([, { text }], index) => {
        const before = index === 0 ? '0001_models' : `000${index + 1}_step`
        const dependencies = `    dependencies = [("shop", "${before}")]`
        const whole = text.replace(/^class Migration.*$/m, (line) => `${line}\n${dependencies}`)
        return [`shop/migrations/000${index + 2}_step.py`, whole]
      })
      const files = Object.fromEntries(migrations) as Record<string, string>
      await writeFiles(directory, {
        'shop/migrations/0001_models.py': models,
        ...files,
        'try_models.py': tryModels,
      })
      const env = { ...process.env, DATABASE_URL: url, DJANGO_SETTINGS_MODULE: 'site_settings.settings' }
      const tell = (...words: string[]) => run(debianPython, words, { cwd: directory, env })
      const apply = async () => {
        await tell('manage.py', 'migrate', 'shop')
        await tell('try_models.py')
      }
      return use({ apply, takeBack: () => tell('manage.py', 'migrate', 'shop', '0001') })
    }),
})

test.each(rulesWithRecipe)('$id: Django does what the SQL does, and takes it back', async ({ id }) => {
  const { difference, leftOver } = await prove(server, id, inDjango())
  expect(difference).toEqual([])
  expect(leftOver ?? []).toEqual([])
})
