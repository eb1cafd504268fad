import { expect, test } from 'vitest'
import { projectContext, withProject } from '../../test/support/project.ts'
import { findFramework } from './frameworks.ts'
import { knex } from './javascript/knex.ts'
import type { MigrationConfig } from './types.ts'

const files = {
  'backend/manage.py': 'from django.core.management import execute_from_command_line',
  'db/migrate/20240101000000_create_items.rb': 'class CreateItems < ActiveRecord::Migration[7.0]\nend\n',
}

function find(
  which: Readonly<Record<string, string>>,
  migrations: Partial<MigrationConfig['migrations']> = {},
): Promise<string | undefined> {
  return withProject(which, async (directory) => {
    const { config } = projectContext(directory, 'postgres://127.0.0.1:1/none', migrations)
    return (await findFramework(directory, config))?.name
  })
}

test('a project with the files of two frameworks has to choose one', async () => {
  await expect(find(files)).rejects.toMatchObject({
    message: 'This project has files of several frameworks, django and rails.',
    next: ['Name the one that owns the schema in lockkeeper.yml: migrations.framework'],
    exitCode: 2,
  })
  expect(await find(files, { framework: 'rails' })).toBe('rails')
  expect(await find(files, { framework: 'none' })).toBeUndefined()
  expect(await find(files, { custom: { pending: 'list', apply: 'run' } })).toBe('command')
})

test('a project without migrations has none', async () => {
  expect(await find({ 'package.json': '{"dependencies": {}}', 'sql/readme.txt': '' })).toBeUndefined()
})

test('a folder and a table that are written out are meant, though they are the usual ones of another tool', async () => {
  const sql = 'db/migrations/1_init/migration.sql'
  await withProject(
    { [sql]: 'select 1;', 'prisma/migrations/migration_lock.toml': '' },
    async (directory) => {
      const named = { directory: 'db/migrations', table: 'schema_migrations' }
      const context = projectContext(directory, '', named)
      const framework = await findFramework(directory, context.config)
      expect(framework?.name).toBe('prisma')
      expect((await framework?.read({ ...context, url: null }))?.pending.map(({ file }) => file)).toEqual([
        sql,
      ])
      expect(knex.historyTables(context.config)).toEqual(['schema_migrations', 'schema_migrations_lock'])
    },
  )
})

test('an absolute folder is wrong usage', async () => {
  await expect(find({}, { directory: '/srv/migrations' })).rejects.toThrow('it is a path from the project')
})

test('a name that nobody knows is wrong usage', async () => {
  await expect(find({}, { framework: 'liquibase' })).rejects.toThrow('does not know the framework')
})
