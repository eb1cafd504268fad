import { migration } from '../../test/support/django-project.ts'

const tables = 20

/** The migrations of an app 'shop': the first one makes its tables, and `count` more each do one of what migrations usually do. */
export function shopMigrations(count: number): Readonly<Record<string, string>> {
  const first = Array.from({ length: tables }, (_, table) => createModel(`Item${table}`)).join(',\n        ')
  const changes = Array.from({ length: count }, (_, index) => change(index + 2))
  const files = [first, ...changes].map((operations, index) => [
    `shop/migrations/${nameOf(index + 1)}.py`,
    migration(operations, { dependencies: index === 0 ? '' : `('shop', '${nameOf(index)}')` }),
  ])
  return Object.fromEntries(files) as Record<string, string>
}

function nameOf(number: number): string {
  return `${String(number).padStart(4, '0')}_change`
}

function change(number: number): string {
  const model = `Item${number % tables}`
  const kinds = [
    `migrations.AddField('${model}', 'note_${number}', models.CharField(max_length=100, null=True))`,
    `migrations.AddIndex('${model}', models.Index(fields=['title'], name='${model.toLowerCase()}_${number}'))`,
    createModel(`Part${number}`, `('whole', models.ForeignKey('shop.${model}', models.CASCADE))`),
    `migrations.AlterField('${model}', 'title', models.CharField(max_length=${100 + number}))`,
  ] as const
  return kinds[(number % 4) as 0 | 1 | 2 | 3]
}

function createModel(name: string, more = ''): string {
  const fields = [
    `('id', models.BigAutoField(primary_key=True, serialize=False))`,
    `('title', models.CharField(max_length=100))`,
    `('created_at', models.DateTimeField(auto_now_add=True))`,
    ...(more === '' ? [] : [more]),
  ]
  return `migrations.CreateModel('${name}', fields=[${fields.join(', ')}])`
}
