import { replace, type Files } from './example-files.ts'

/** How a story has to end. */
export type Ending =
  /** The new release serves, and no request failed on the way. */
  | 'deployed'
  /** The new release serves; users saw the maintenance page for a while. */
  | 'deployed in maintenance'
  /** Release, schema and git remote are as they were. */
  | 'refused'
  /** The slug that served before serves again, on the schema of before. */
  | 'rolled back'
  /** The slug of the named release serves again, on the schema that it had. */
  | 'taken back'

export interface Story {
  readonly name: string
  /** What the user did, in one sentence. */
  readonly tells: string
  /** The files of the commit, from those of the checkout. */
  readonly change?: (read: (path: string) => Promise<string>) => Promise<Files>
  readonly command: 'deploy' | 'deploy --nightly' | 'rollback'
  readonly expectedExitCode: number
  readonly ending: Ending
}

const migration = (up: string, down: string) => `-- migrate:up\n${up}\n\n-- migrate:down\n${down}\n`

const renameColumn = (version: string): NonNullable<Story['change']> => {
  return async (read) => ({
    [`db/migrations/${version}_rename_title.sql`]: migration(
      'ALTER TABLE items RENAME COLUMN title TO label;',
      'ALTER TABLE items RENAME COLUMN label TO title;',
    ),
    'items.js': replace(await read('items.js'), 'title', 'label'),
  })
}

export const goodRelease: Story = {
  name: 'good release',
  tells: 'A release with a new column, and code that shows it.',
  change: async (read) => {
    const items = replace(await read('items.js'), 'title, created_at', 'title, note, created_at')
    return {
      'db/migrations/20260201090000_add_note.sql': migration(
        'ALTER TABLE items ADD COLUMN note text;',
        'ALTER TABLE items DROP COLUMN note;',
      ),
      'items.js': replace(items, `'title', `, `'title', 'note', `),
    }
  },
  command: 'deploy',
  expectedExitCode: 0,
  ending: 'deployed',
}

export const unsafeMigration: Story = {
  name: 'unsafe migration',
  tells: 'A column is renamed while the running release still uses its old name.',
  change: renameColumn('20260202090000'),
  command: 'deploy',
  expectedExitCode: 3,
  ending: 'refused',
}

export const failingReleasePhase: Story = {
  name: 'release phase fails',
  tells: 'The code needs a column, and nobody wrote the migration.',
  change: async (read) => ({
    'items.js': replace(await read('items.js'), `'title', `, `'title', 'weight', `),
  }),
  command: 'deploy',
  expectedExitCode: 4,
  ending: 'rolled back',
}

export const crashAtBoot: Story = {
  name: 'crash at boot',
  tells: 'The web server imports a file that was never committed.',
  change: async (read) => ({ 'web.js': `import './metrics.js'\n${await read('web.js')}` }),
  command: 'deploy',
  expectedExitCode: 4,
  ending: 'rolled back',
}

export const badHealth: Story = {
  name: 'health check fails',
  tells: 'A new column, and a release that boots but says that it is not well.',
  change: async (read) => ({
    'db/migrations/20260203090000_add_archived_at.sql': migration(
      'ALTER TABLE items ADD COLUMN archived_at timestamptz;',
      'ALTER TABLE items DROP COLUMN archived_at;',
    ),
    'routes.js': replace(await read('routes.js'), `status: 'ok'`, `status: 'degraded'`),
  }),
  command: 'deploy',
  expectedExitCode: 4,
  ending: 'rolled back',
}

/** By the rows of a new table, because the check counts what repeats in one that is there and refuses the migration for it. */
export const migrationFailsHalfWay: Story = {
  name: 'migration fails half-way',
  tells:
    'The first of two migrations adds a table of names that are unique, the second fills it with the titles, which repeat.',
  change: async () => ({
    'db/migrations/20260204090000_create_tags.sql': migration(
      'CREATE TABLE tags (\n  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n  name text NOT NULL UNIQUE\n);',
      'DROP TABLE tags;',
    ),
    'db/migrations/20260204090100_fill_tags.sql': migration(
      'INSERT INTO tags (name) SELECT title FROM items;',
      'DELETE FROM tags;',
    ),
  }),
  command: 'deploy',
  expectedExitCode: 4,
  ending: 'rolled back',
}

export const nightly: Story = {
  name: 'unsafe, nightly',
  tells: 'The renamed column again, at night: the app is in maintenance while it is migrated.',
  change: renameColumn('20260205090000'),
  command: 'deploy --nightly',
  expectedExitCode: 0,
  ending: 'deployed in maintenance',
}

export const rollbackByHand: Story = {
  name: 'rollback by hand',
  tells: 'The next morning the release before the rename is wanted back.',
  command: 'rollback',
  expectedExitCode: 0,
  ending: 'taken back',
}

/** In the order in which the demo tells them. */
export const stories: readonly Story[] = [
  goodRelease,
  unsafeMigration,
  failingReleasePhase,
  crashAtBoot,
  badHealth,
  migrationFailsHalfWay,
  nightly,
  rollbackByHand,
]
