import { execFile } from 'node:child_process'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { verdicts } from '../../../test/support/framework-project.ts'
import { sharedPostgres } from '../../../test/support/shared-postgres.ts'
import { sharedSkeleton } from '../../../test/support/shared-skeleton.ts'
import { projectContext, withProject, writeFiles, type TestContext } from '../../../test/support/project.ts'
import { generateRails } from '../../../test/support/rails-project.ts'
import { withConnection } from '../../postgres/connection.ts'
import { findFramework } from '../frameworks.ts'
import { namedDatabases } from './databases.ts'
import { rails } from './rails.ts'

const run = promisify(execFile)

const server = sharedPostgres()
const skeleton = sharedSkeleton(generate)

/** A project with a migration that Rails' own generator made. */
async function generate(directory: string): Promise<void> {
  await generateRails(directory)
  const env = { ...process.env, RAILS_ENV: 'production', DISABLE_SPRING: '1' }
  await run('bin/rails', ['generate', 'migration', 'CreateItems', 'title:text'], { cwd: directory, env })
}

const ruby = (name: string, body: string, options = '') =>
  `class ${name} < ActiveRecord::Migration[6.1]\n  ${options}\n  def change\n    ${body}\n  end\nend\n`

function withRails(
  files: Readonly<Record<string, string>>,
  use: (context: TestContext, first: string) => Promise<void>,
): Promise<void> {
  return withProject({}, async (directory) => {
    await skeleton.copyTo(directory)
    const [made = ''] = await readdir(join(directory, 'db/migrate'))
    await writeFiles(directory, files)
    await use(projectContext(directory, await server.createDatabase()), made.replace(/_.*/, ''))
  })
}

const later = {
  'db/migrate/29990101000000_add_note.rb': ruby('AddNote', 'add_column :items, :note, :text'),
  'db/migrate/29990102000000_index_title.rb': ruby(
    'IndexTitle',
    'add_index :items, :title, algorithm: :concurrently',
    'disable_ddl_transaction!',
  ),
  'db/migrate/29990103000000_one_way.rb': ruby('OneWay', `execute 'select 1'`),
}
const [note, index, oneWay] = ['29990101000000', '29990102000000', '29990103000000']

test('reads, applies a prefix, and undoes exactly what it is told', async () => {
  await withRails(later, async (context, first) => {
    expect((await findFramework(context.directory, context.config))?.name).toBe('rails')
    const { pending, ...rest } = await rails.read(context)
    expect(rest).toMatchObject({ applied: [], missing: [], outOfOrder: [], problems: [] })
    expect(pending.map(({ id, name, transaction }) => [id, name, transaction])).toEqual([
      [first, 'create_items', true],
      [note, 'add_note', true],
      [index, 'index_title', false],
      [oneWay, 'one_way', true],
    ])
    expect(await rails.apply(context, { count: 2 })).toMatchObject({ ok: true, applied: [first, note] })
    expect(await rails.apply(context)).toMatchObject({ ok: true, applied: [index, oneWay] })
    expect((await rails.reverse(context, [index ?? ''])).reason).toContain(
      `newest applied migration is ${oneWay}`,
    )
    const refused = await rails.reverse(context, [oneWay ?? ''])
    expect(refused).toMatchObject({ ok: false, exitCode: 1, applied: [] })
    await withConnection(context.url, (client) =>
      client.query('delete from schema_migrations where version = $1', [oneWay]),
    )
    const back = await rails.reverse(context, [index ?? '', note ?? '', first])
    expect(back).toMatchObject({ ok: true, applied: [index, note, first] })
  })
})

test('gives way to who holds the table; takes what was merged late; says what is missing and doubtful', async () => {
  await withRails(
    { 'db/migrate/29990101000000_add_note.rb': later['db/migrate/29990101000000_add_note.rb'] },
    async (context, first) => {
      await rails.apply(context, { count: 1 })
      await withConnection(context.url, async (client) => {
        await client.query('begin; lock table items in access share mode')
        const result = await rails.apply(context)
        expect(result.output).toContain('lock timeout')
      })
      expect((await rails.apply(context)).applied).toEqual([note])
      await writeFiles(context.directory, {
        'db/migrate/29980101000000_late.rb': ruby('Late', 'add_column :items, :late, :text'),
      })
      expect((await rails.read(context)).outOfOrder).toEqual(['29980101000000'])
      expect((await rails.apply(context)).applied).toEqual(['29980101000000'])
      await rm(join(context.directory, 'db/migrate/29980101000000_late.rb'))
      await writeFiles(context.directory, {
        'db/migrate/29990101000000_other.rb': ruby('Other', ''),
        'db/migrate/29990104000000_other.rb': ruby('Other', ''),
      })
      const state = await rails.read(context)
      expect(state.missing).toEqual(['29980101000000'])
      expect(state.applied).toContain(first)
      expect(state.problems).toEqual([
        'The version 29990101000000 is used by several files: db/migrate/29990101000000_add_note.rb and db/migrate/29990101000000_other.rb.',
        'Rails refuses db/migrate/29990101000000_other.rb and db/migrate/29990104000000_other.rb: they have the same name.',
      ])
    },
  )
})

test('of several databases, the one that has the folder of the migrations is moved, and no other', async () => {
  await withRails({}, async (context) => {
    const animalsUrl = await server.createDatabase()
    const shared = 'adapter: postgresql\n    encoding: unicode'
    await writeFiles(context.directory, {
      'config/database.yml': `production:
  primary: &shared
    ${shared}
    url: <%= ENV['DATABASE_URL'] %>
  animals:
    <<: *shared
    url: <%= ENV['ANIMALS_URL'] %>
    migrations_paths: db/animals_migrate
`,
      'db/animals_migrate/20200101000000_create_cats.rb': ruby('CreateCats', 'create_table :cats'),
      'db/animals_migrate/20990101000000_index_cats.rb': ruby('IndexCats', 'add_column :cats, :name, :text'),
    })
    const environment = { DATABASE_URL: context.url, ANIMALS_URL: animalsUrl }
    const primary = projectContext(context.directory, context.url, { environment })
    const settings = { environment, urlVariable: 'ANIMALS_URL', directory: 'db/animals_migrate' }
    const animals = projectContext(context.directory, animalsUrl, settings)
    expect((await rails.apply(primary)).ok).toBe(true)
    expect((await rails.read(animals)).applied).toEqual([])
    const [cats, index] = ['20200101000000', '20990101000000']
    expect(await rails.apply(animals, { count: 1 })).toMatchObject({ ok: true, applied: [cats] })
    expect(await rails.apply(animals)).toMatchObject({ ok: true, applied: [index] })
    expect(await rails.reverse(animals, [index, cats])).toMatchObject({ ok: true })
    expect(await rails.read(primary)).toMatchObject({ pending: [], missing: [] })
    expect(await rails.read(animals)).toMatchObject({ applied: [] })
  })
})

test('a database without a name, a file that is none, and names', () => {
  expect(namedDatabases('production:\n  adapter: postgresql\n  url: <%= ENV["X"] %>\n')).toEqual([])
  expect(namedDatabases('production: [')).toEqual([])
  expect(namedDatabases('production:\n  a: {adapter: x}\n  b: {migrations_paths: [db/b, db/c]}\n')).toEqual([
    { name: 'a', folders: [] },
    { name: 'b', folders: ['db/b', 'db/c'] },
  ])
})

test('a structure kept as SQL, the migrations of an engine in a folder, and code that vouches for itself', async () => {
  const vouched = ruby('Vouched', 'safety_assured { add_column :items, :note, :text }')
  const assured =
    'module Vouch\n  def safety_assured\n    yield\n  end\nend\nActiveRecord::Migration.include(Vouch)\n'
  await withRails(
    {
      'db/migrate/2999/29990101000000_vouched.shop_engine.rb': vouched,
      'config/initializers/structure.rb': 'Rails.application.config.active_record.schema_format = :sql\n',
      'config/initializers/vouch.rb': `ActiveSupport.on_load(:active_record) do\n${assured}end\n`,
    },
    async (context) => {
      const { pending } = await rails.read(context)
      const file = 'db/migrate/2999/29990101000000_vouched.shop_engine.rb'
      expect(pending.at(-1)).toMatchObject({ file, name: 'vouched', sql: null, transaction: true })
      expect(await verdicts(context)).toMatchObject({ [note ?? '']: 'unknown' })
      const result = await rails.apply(context)
      expect(result).toMatchObject({ ok: true })
      expect(result.applied).toHaveLength(2)
    },
  )
})

test('a project that cannot start says so in its own words, without the secret', async () => {
  await withRails(
    { 'config/initializers/broken.rb': `raise "no key in #{ENV['DATABASE_URL']}"\n` },
    async (context) => {
      const secret = { ...context, url: context.url.replace('postgres@', 'postgres:hush@') }
      const result = await rails.apply(secret)
      expect(result).toMatchObject({ ok: false, applied: [] })
      expect(result.output).toContain('no key in [hidden]')
      expect(JSON.stringify(result)).not.toContain('hush')
    },
  )
})
