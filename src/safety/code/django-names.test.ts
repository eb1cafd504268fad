import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkOn, query } from '../../../test/support/framework-project.ts'
import {
  debianPython,
  generateDjango,
  manage,
  migration,
  writeMigrations,
} from '../../../test/support/django-project.ts'
import { projectContext, withProject, type TestContext } from '../../../test/support/project.ts'
import { sharedPostgres } from '../../../test/support/shared-postgres.ts'
import { sharedSkeleton } from '../../../test/support/shared-skeleton.ts'

const server = sharedPostgres()
const skeleton = sharedSkeleton((directory) => generateDjango(directory, ['shop']))

const own = (owner: string) => `models.ForeignKey('shop.Owner', models.CASCADE${owner})`
const base = {
  name: 'models.CharField(max_length=50)',
  size: 'models.IntegerField(null=True)',
  owner: own(', null=True'),
  weird: `models.IntegerField(db_column='wd', null=True)`,
}
const id = `('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID'))`

function createModel(name: string, fields: Readonly<Record<string, string>>, options: string): string {
  const all = [id, ...Object.entries(fields).map(([field, words]) => `('${field}', ${words})`)]
  return `migrations.CreateModel('${name}', [${all.join(', ')}], ${options})`
}

const first = [
  createModel('Owner', { name: base.name }, `{'db_table': 'people'}`),
  createModel('Line', base, '{}'),
].join(', ')

function models(fields: Readonly<Record<string, string>>, meta: string): string {
  const words = Object.entries(fields).map(([field, text]) => `    ${field} = ${text}`)
  const inner = meta === '' ? [] : ['    class Meta:', `        ${meta}`]
  return [
    'from django.db import models\nfrom django.db.models import Q',
    `class Owner(models.Model):\n    name = ${base.name}\n    class Meta:\n        db_table = 'people'`,
    ['class Line(models.Model):', ...words, ...inner].join('\n'),
  ].join('\n')
}

const ownerless = { name: base.name, size: base.size, weird: base.weird }
const index = (words: string) => `models.Index(${words}, name='ix')`
const check = `models.CheckConstraint(check=Q(owner__gt=0) | Q(size__in=[1, 2]) | Q(name='%'), name='ck')`
const unique = `models.UniqueConstraint(fields=['owner'], condition=Q(size__gt=3), name='uq')`

/** A migration, and the models that it is made for. */
const cases: readonly (readonly [string, string, Readonly<Record<string, string>>, string])[] = [
  [
    'a foreign key NOT NULL',
    `migrations.AlterField('Line', 'owner', ${own('')})`,
    { ...base, owner: own('') },
    '',
  ],
  ['a foreign key dropped', `migrations.RemoveField('Line', 'owner')`, ownerless, ''],
  [
    'a default',
    `migrations.AddField('Line', 'slug', models.CharField(max_length=9, default='50%'))`,
    { ...base, slug: `models.CharField(max_length=9, default='50%')` },
    '',
  ],
  [
    'a unique field',
    `migrations.AlterField('Line', 'name', models.CharField(max_length=50, unique=True))`,
    { ...base, name: 'models.CharField(max_length=50, unique=True)' },
    '',
  ],
  [
    'unique together',
    `migrations.AlterUniqueTogether('Line', {('owner', 'weird')})`,
    base,
    `unique_together = [('owner', 'weird')]`,
  ],
  ['a unique part', `migrations.AddConstraint('Line', ${unique})`, base, `constraints = [${unique}]`],
  ...[`fields=['-size', 'owner']`, `fields=['weird'], condition=Q(size__gt=3)`].map(
    (words) =>
      [
        `an index: ${words}`,
        `migrations.AddIndex('Line', ${index(words)})`,
        base,
        `indexes = [${index(words)}]`,
      ] as const,
  ),
  ['a check', `migrations.AddConstraint('Line', ${check})`, base, `constraints = [${check}]`],
  [
    'positive numbers',
    `migrations.AlterField('Line', 'size', models.PositiveIntegerField(null=True))`,
    { ...base, size: 'models.PositiveIntegerField(null=True)' },
    '',
  ],
]

test.each(cases)(
  '%s: Django runs the recipe, and has nothing to add',
  async (_name, operations, fields, meta) => {
    await withProject({}, async (directory) => {
      await skeleton.copyTo(directory)
      const context = projectContext(directory, await server.createDatabase(), { command: debianPython })
      await writeMigrations(context, 'shop', { '0001_initial': migration(first) })
      await manage(context, 'migrate')
      await query(context, `insert into people (name) values ('a')`)
      await query(context, `insert into shop_line (name, size, owner_id, wd) values ('a', 1, 1, 1)`)
      const imports = 'from django.db.models import Q'
      const dependencies = `('shop', '0001_initial')`
      await writeMigrations(context, 'shop', { '0002_own': migration(operations, { dependencies, imports }) })
      // Without Django's own AlterField, the constraint is not dropped, and need not be made again.
      const code = await recipes(context, (rule) => rule !== 'add-foreign-key')
      expect(code.length).toBeGreaterThan(0)
      await rm(join(directory, 'shop/migrations/0002_own.py'))
      const steps = code.map((text, place) => {
        const before = place === 0 ? '0001_initial' : `0${place + 1}_step`.padStart(9, '0')
        const after = `    dependencies = [("shop", "${before}")]`
        return [
          `0${place + 2}_step`.padStart(9, '0'),
          text.replace(/^class Migration.*$/m, (line) => `${line}\n${after}`),
        ] as const
      })
      await writeMigrations(context, 'shop', Object.fromEntries(steps))
      await writeFile(join(directory, 'shop/models.py'), models(fields, meta))
      await manage(context, 'migrate')
      expect(await manage(context, 'makemigrations', '--check', '--dry-run')).toContain('No changes detected')
    })
  },
)

async function recipes(context: TestContext, isWanted: (rule: string) => boolean): Promise<string[]> {
  const { migrations } = await checkOn(context, 1e-9)
  return migrations.flatMap(({ findings }) =>
    findings.flatMap(
      ({ rule, recipe }) =>
        (isWanted(rule) ? recipe : null)?.steps.flatMap(({ code }) => code?.text ?? []) ?? [],
    ),
  )
}
