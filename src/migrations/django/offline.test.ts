import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  debianPython,
  generateDjango,
  migration,
  writeMigrations,
} from '../../../test/support/django-project.ts'
import { sharedPython } from '../../../test/support/pip-frameworks.ts'
import { sharedPostgres } from '../../../test/support/shared-postgres.ts'
import { sharedSkeleton } from '../../../test/support/shared-skeleton.ts'
import { projectContext, withProject, type TestContext } from '../../../test/support/project.ts'
import { django } from './django.ts'

const server = sharedPostgres()
const newest = sharedPython(['django==5.2.*', 'psycopg[binary]==3.*'])
const skeleton = sharedSkeleton((directory) => generateDjango(directory, ['shop']))

const operations = [
  `migrations.CreateModel('Tag', [('id', models.BigAutoField(primary_key=True)), ('name', models.CharField(max_length=50))])`,
  `migrations.CreateModel('Item', [('id', models.BigAutoField(primary_key=True)), ('name', models.CharField(max_length=50)), ('size', models.IntegerField(null=True)), ('kind', models.CharField(max_length=9, db_index=True))])`,
  `migrations.AddField('Item', 'slug', models.SlugField(default="o'clock 100%"))`,
  `migrations.AddField('Item', 'made', models.DateTimeField(default=__import__('datetime').datetime(2020, 1, 2)))`,
  `migrations.AddField('Item', 'tag', models.ForeignKey('shop.Tag', models.CASCADE, null=True))`,
  `migrations.AlterField('Item', 'size', models.BigIntegerField(default=1))`,
  `migrations.RenameField('Item', 'size', 'width')`,
  `migrations.RemoveField('Item', 'slug')`,
  `migrations.AddIndex('Item', models.Index(fields=['width'], condition=models.Q(name__startswith='a'), name='by_width'))`,
  `migrations.RemoveIndex('Item', 'by_width')`,
  `migrations.AddConstraint('Item', models.CheckConstraint(**{word: models.Q(width__gt=1)}, name='wide'))`,
  `migrations.RemoveConstraint('Item', 'wide')`,
  `migrations.AlterUniqueTogether('Item', {('width', 'name')})`,
  `migrations.RenameModel('Tag', 'Label')`,
  `migrations.RunSQL("UPDATE shop_item SET name = '%' WHERE name LIKE '%%'")`,
  `migrations.RunSQL([("UPDATE shop_item SET name = %s", ['a%'])])`,
  `TrigramExtension(), BtreeGistExtension()`,
  `migrations.DeleteModel('Item')`,
]
const imports = `import django
from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
word = 'condition' if django.VERSION >= (5, 1) else 'check'`

async function writeAll(context: TestContext): Promise<void> {
  const name = (index: number) => `${String(index + 1).padStart(4, '0')}_m`
  const files = operations.map((operation, index) => {
    const dependencies = index === 0 ? '' : `('shop', '${name(index - 1)}')`
    return [name(index), migration(operation, { dependencies, imports })]
  })
  await writeMigrations(context, 'shop', Object.fromEntries(files) as Record<string, string>)
}

describe.each(['3.2', '5.2'])('Django %s', (version) => {
  test('says without a database what it says with one', async () => {
    await withProject({}, async (directory) => {
      await skeleton.copyTo(directory)
      const command = version === '3.2' ? debianPython : join(newest.folder, 'bin/python')
      const context = projectContext(directory, await server.createDatabase(), { command })
      await writeAll(context)
      const told = async (url: string | null) =>
        (await django.read({ ...context, url })).pending.map(({ sql, opaque }) => opaque ?? sql)
      const offline = await told(null)
      expect(offline).toEqual(await told(context.url))
      const depends = 'It depends on names of constraints in shop_item that only the database has.'
      expect(offline.filter((one) => one?.startsWith('It'))).toEqual([depends])
    })
  })
})

test('the only Postgres of the settings is the database, whatever its name', async () => {
  await withProject({}, async (directory) => {
    await skeleton.copyTo(directory)
    const context = projectContext(directory, await server.createDatabase(), { command: debianPython })
    const path = join(directory, 'site_settings/settings.py')
    const databases = `DATABASES = {'default': {}, 'logs': DATABASES['default']}\n`
    await writeFile(path, (await readFile(path, 'utf8')) + databases)
    await writeAll(context)
    expect((await django.read({ ...context, url: null })).pending).toHaveLength(operations.length)
  })
})
