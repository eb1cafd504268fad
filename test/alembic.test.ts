import { test } from 'vitest'
import { replace } from '../tasks/demo/example-files.ts'
import type { Story } from '../tasks/demo/stories.ts'
import { revision } from './support/alembic-project.ts'
import { byHand, expectStories, nightly, unwell, withPythonWorld } from './support/python-world.ts'

const first = '4be1f0aa2c11'

const goodRelease: Story = {
  name: 'good release',
  tells: 'A release with a new column and an index, and code that shows the column.',
  change: async (read) => ({
    'migrations/versions/b2_note.py': revision(
      'b2',
      first,
      `op.add_column('items', sa.Column('note', sa.Text))`,
      `op.drop_column('items', 'note')`,
    ),
    'migrations/versions/c3_by_title.py': revision(
      'c3',
      'b2',
      `with op.get_context().autocommit_block():
        op.create_index('items_by_title', 'items', ['title'], postgresql_concurrently=True)`,
      `with op.get_context().autocommit_block():
        op.drop_index('items_by_title', 'items', postgresql_concurrently=True)`,
    ),
    'database.py': replace(
      await read('database.py'),
      `    Column('processed_at'`,
      `    Column('note', Text),\n    Column('processed_at'`,
    ),
  }),
  command: 'deploy',
  expectedExitCode: 0,
  ending: 'deployed',
}

const unsafe: Story = {
  name: 'unsafe migration',
  tells: 'A column is renamed while the running release still uses its old name.',
  change: async (read) => ({
    'migrations/versions/d4_label.py': revision(
      'd4',
      'c3',
      `op.alter_column('items', 'title', new_column_name='label')`,
      `op.alter_column('items', 'label', new_column_name='title')`,
    ),
    'database.py': replace(await read('database.py'), `Column('title'`, `Column('label'`)
      .replace('items.c.title', `items.c.label.label('title')`)
      .replace('title=title', 'label=title'),
  }),
  command: 'deploy',
  expectedExitCode: 3,
  ending: 'refused',
}

const badHealth = unwell(async (read) => ({
  'migrations/versions/d4_archived.py': revision(
    'd4',
    'c3',
    `op.add_column('items', sa.Column('archived_at', sa.DateTime))`,
    `op.drop_column('items', 'archived_at')`,
  ),
  'pages.py': replace(await read('pages.py'), `'status': 'ok'`, `'status': 'degraded'`),
}))

test('the example with Alembic is deployed, refused, rolled back and taken back under load', async () => {
  await withPythonWorld('alembic', (world) =>
    expectStories(world, [goodRelease, unsafe, badHealth, nightly(unsafe), byHand]),
  )
}, 600_000)
