import { expect, test } from 'vitest'
import {
  debianPython,
  generateDjango,
  manage,
  migration,
  writeMigrations,
} from '../../../test/support/django-project.ts'
import { sharedPostgres } from '../../../test/support/shared-postgres.ts'
import { projectContext, withProject } from '../../../test/support/project.ts'
import { django } from './django.ts'

const server = sharedPostgres()

const text = 'models.CharField(max_length=50)'
const operations = [
  `migrations.CreateModel('Product', [('id', models.BigAutoField(primary_key=True)), ('name', ${text}), ('created', models.DateTimeField(db_index=True))])`,
  `migrations.AddField('Product', 'slug', models.SlugField(default='x'))`,
  `migrations.AlterField('Product', 'slug', models.SlugField(unique=True))`,
  `migrations.CreateModel('Order', [('id', models.BigAutoField(primary_key=True)), ('product', models.ForeignKey('shop.Product', on_delete=models.CASCADE)), ('tags', models.ManyToManyField('shop.Product', related_name='x'))])`,
  `migrations.AddField('Product', 'main', models.ForeignKey('shop.Order', null=True, on_delete=models.SET_NULL))`,
  `migrations.RenameModel('Product', 'Thing')`,
  `migrations.AlterField('Thing', 'id', models.AutoField(primary_key=True))`,
  `migrations.AddConstraint('Thing', models.CheckConstraint(check=models.Q(name__gt=''), name='named')), migrations.RemoveField('Thing', 'main')`,
  `migrations.CreateModel('Kind', [('id', models.BigAutoField(primary_key=True)), ('code', models.CharField(max_length=9, unique=True))])`,
  // What others point at changes between two that point at it.
  [
    `migrations.AddField('Order', 'kind', models.ForeignKey('shop.Kind', models.CASCADE, to_field='code', null=True))`,
    `migrations.AddField('Kind', 'label', models.CharField(max_length=7, unique=True, null=True))`,
    `migrations.CreateModel('Use', [('id', models.BigAutoField(primary_key=True)), ('kind', models.ForeignKey('shop.Kind', models.CASCADE, to_field='label'))])`,
  ].join(', '),
  // Indexes and constraints change no field: what was known of the model goes on.
  [
    `migrations.AddField('Thing', 'size', models.IntegerField(null=True))`,
    `migrations.AddIndex('Thing', models.Index(fields=['size', 'name'], name='by_size'))`,
    `migrations.AddConstraint('Thing', models.UniqueConstraint(fields=['size', 'slug'], condition=models.Q(size__gt=1), name='sized'))`,
    `migrations.AlterField('Thing', 'size', models.BigIntegerField(null=True))`,
    `migrations.AddIndex('Thing', models.Index(fields=['created'], name='again'))`,
  ].join(', '),
  `migrations.AlterField('Thing', 'created', models.DateTimeField())`,
  [
    `migrations.RemoveIndex('Thing', 'by_size')`,
    `migrations.RemoveConstraint('Thing', 'sized')`,
    `migrations.RenameField('Thing', 'size', 'width')`,
    `migrations.AddIndex('Thing', models.Index(fields=['width'], name='by_width'))`,
    `migrations.AddConstraint('Thing', models.CheckConstraint(check=models.Q(width__lt=9), name='narrow'))`,
  ].join(', '),
  `migrations.DeleteModel('Order')`,
]

/** The statements alone: the names of indexes end in a hash, and comments and transactions are Django's own dressing. */
function statements(sql: string | null | undefined): string | undefined {
  return sql
    ?.split('\n')
    .filter((line) => line.trim() !== '' && !/^(--|BEGIN;|COMMIT;)/.test(line))
    .join('\n')
}

test('the statements are those that Django itself prints, whatever an operation touches', async () => {
  await withProject({}, async (directory) => {
    await generateDjango(directory, ['shop'])
    const context = projectContext(directory, await server.createDatabase(), { command: debianPython })
    const name = (index: number) => `000${index}_m`
    const files = operations.map((operation, index) => [
      name(index),
      migration(operation, index === 0 ? {} : { dependencies: `('shop', '${name(index - 1)}')` }),
    ])
    await writeMigrations(context, 'shop', Object.fromEntries(files) as Record<string, string>)
    let { pending } = await django.read(context)
    expect(pending).toHaveLength(operations.length)
    const asked: string[] = []
    for (let next = pending[0]; next !== undefined; next = pending[0]) {
      // What depends on names in the database is told once the database is in the right state.
      if (next.sql === null) {
        asked.push(next.name)
        ;({ pending } = await django.read(context))
        next = pending[0] ?? next
      }
      expect(statements(next.sql)).toBe(statements(await manage(context, 'sqlmigrate', 'shop', next.name)))
      await manage(context, 'migrate', 'shop', next.name)
      pending = pending.slice(1)
    }
    expect(asked).toEqual([name(2), name(5), name(6), name(11)])
  })
})
