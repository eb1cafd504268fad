import { expect, test } from 'vitest'
import { projectContext, withProject } from '../../test/support/project.ts'
import { findFramework } from './frameworks.ts'

type Files = Readonly<Record<string, string>>

const find = (files: Files, folder = '.', framework?: string) =>
  withProject(files, async (directory) => {
    const { config } = projectContext(directory, '', { framework })
    return findFramework(`${directory}/${folder}`, config)
  })

test.each<[string, Files]>([
  ['db/knexfile.js belongs to knex', { 'db/knexfile.js': '', 'db/changes/1_a.js': '' }],
  [
    'drizzle.config.ts belongs to drizzle',
    { 'drizzle.config.ts': 'export default { out: process.env.OUT }' },
  ],
  ['drizzle-live.config.ts belongs to drizzle', { 'drizzle-live.config.ts': '' }],
  ['db/schema.prisma belongs to prisma', { 'db/schema.prisma': '', 'db/changes/1_a/migration.sql': '' }],
  ['prisma/schema/items.prisma belongs to prisma', { 'prisma/schema/items.prisma': '' }],
  ['.env belongs to dbmate', { '.env': 'DBMATE_MIGRATIONS_DIR=gone' }],
  [
    'config/database.yml belongs to rails',
    { 'config/database.yml': 'production:\n  migrations_paths: [db/x]\n' },
  ],
  ['flyway.toml belongs to flyway', { 'flyway.toml': '' }],
  ['build.gradle.kts belongs to flyway', { 'build.gradle.kts': 'plugins { id("org.flywaydb.flyway") }' }],
  ['go.mod belongs to golang-migrate', { 'go.mod': 'require github.com/golang-migrate/migrate/v4 v4.17.0' }],
  ['package.json is no JSON', { 'package.json': '{"dependencies": {,}' }],
])('%s: migrations that nobody found are not none', async (message, files) => {
  await expect(find(files)).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining(`No migrations were found in this project, and ${message}`) as string,
  })
  expect(await find(files, '.', 'none')).toBeUndefined()
})

test('what the package.json of a workspace asks for counts where there is a folder of migrations', async () => {
  const root = { 'package.json': '{"devDependencies": {"node-pg-migrate": "8"}}', '.git/HEAD': '' }
  await expect(find({ ...root, 'apps/shop/migrations/1_a.sql': '' }, 'apps/shop')).rejects.toThrow(
    '../../package.json asks for node-pg-migrate',
  )
  expect(await find({ ...root, 'apps/shop/index.js': '' }, 'apps/shop')).toBeUndefined()
  const other = { ...root, 'apps/.git': 'gitdir: x', 'apps/shop/migrations/1_a.sql': '' }
  expect(await find(other, 'apps/shop')).toBeUndefined()
})

test('a byte order mark hides no package.json', async () => {
  const files = { 'package.json': '\uFEFF{"dependencies": {"node-pg-migrate": "8"}}' }
  expect((await find(files))?.name).toBe('node-pg-migrate')
})

test('files of other kinds are no traces', async () => {
  const files = {
    'package.json': '{"dependencies": {"pg": "8", "knex": "3"}}',
    '.env': 'DATABASE_URL=postgres://x',
    'config/database.yml': 'production:\n  adapter: postgresql\n',
    'db/schema.sql': 'create table a (id int);',
  }
  expect(await find(files)).toBeUndefined()
})
