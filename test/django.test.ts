import { test } from 'vitest'
import { replace } from '../tasks/demo/example-files.ts'
import type { Story } from '../tasks/demo/stories.ts'
import { migration } from './support/django-project.ts'
import { byHand, expectStories, nightly, unwell, withPythonWorld } from './support/python-world.ts'

const after = (name: string) => ({ dependencies: `('items', '${name}')` })

const goodRelease: Story = {
  name: 'good release',
  tells: 'A release with a new column and an index, and code that shows the column.',
  change: async (read) => ({
    'items/migrations/0002_note.py': migration(
      `migrations.AddField('Item', 'note', models.TextField(null=True))`,
      after('0001_initial'),
    ),
    'items/migrations/0003_by_title.py': migration(
      `AddIndexConcurrently('Item', models.Index(fields=['title'], name='items_by_title'))`,
      {
        ...after('0002_note'),
        extra: 'atomic = False',
        imports: 'from django.contrib.postgres.operations import AddIndexConcurrently',
      },
    ),
    'items/models.py': replace(
      await read('items/models.py'),
      '    class Meta:\n',
      `    note = models.TextField(null=True)\n\n    class Meta:\n        indexes = [models.Index(fields=['title'], name='items_by_title')]\n`,
    ),
  }),
  command: 'deploy',
  expectedExitCode: 0,
  ending: 'deployed',
}

const renamed: NonNullable<Story['change']> = async (read) => {
  const everywhere = async (path: string) => replace(await read(path), 'title', 'label')
  return {
    'items/migrations/0004_label.py': migration(
      `migrations.RenameField('Item', 'title', 'label')`,
      after('0003_by_title'),
    ),
    'items/models.py': replace(await everywhere('items/models.py'), 'items_by_label', 'items_by_title'),
    'items/views.py': replace(
      await read('items/views.py'),
      `'title': item.title`,
      `'title': item.label`,
    ).replace(`defaults={'title': title}`, `defaults={'label': title}`),
  }
}

const unsafe: Story = {
  name: 'unsafe migration',
  tells: 'A field is renamed while the running release still uses its old name.',
  change: renamed,
  command: 'deploy',
  expectedExitCode: 3,
  ending: 'refused',
}

const python: Story = {
  name: 'opaque migration',
  tells: 'A migration runs Python: nobody knows what it does.',
  change: async () => ({
    'items/migrations/0004_python.py': migration(
      `migrations.RunPython(lambda apps, editor: None)`,
      after('0003_by_title'),
    ),
  }),
  command: 'deploy',
  expectedExitCode: 3,
  ending: 'refused',
}

const badHealth = unwell(async (read) => ({
  'items/migrations/0004_archived.py': migration(
    `migrations.AddField('Item', 'archived_at', models.DateTimeField(null=True))`,
    after('0003_by_title'),
  ),
  'items/views.py': replace(await read('items/views.py'), `'status': 'ok'`, `'status': 'degraded'`),
}))

test('the example in Django is deployed, refused, rolled back and taken back under load', async () => {
  await withPythonWorld('django', (world) =>
    expectStories(world, [goodRelease, unsafe, python, badHealth, nightly(unsafe), byHand]),
  )
}, 600_000)
