import { expect, test } from 'vitest'
import { projectContext, withProject } from '../../test/support/project.ts'
import { findManage } from './django/project.ts'
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

test('a repository with two projects of a framework has to choose one, and can name one further down', async () => {
  const manage = files['backend/manage.py']
  const both = { 'admin_tools/manage.py': manage, 'backend/manage.py': manage, 'a/b/manage.py': manage }
  await expect(find(both)).rejects.toMatchObject({
    message: 'There are several projects of Django here, admin_tools/manage.py and backend/manage.py.',
    next: ['Name the folder of the one that owns the schema in lockkeeper.yml: migrations.directory'],
    exitCode: 2,
  })
  const named = (directory: string) =>
    withProject(both, async (project) => {
      const { config } = projectContext(project, 'postgres://127.0.0.1:1/none', { directory })
      return findManage(project, config)
    })
  expect(await named('backend')).toBe('backend/manage.py')
  expect(await named('a/b')).toBe('a/b/manage.py')
  expect(await find({ 'a/b/manage.py': manage })).toBeUndefined()
  expect(await find({ 'a/alembic.ini': '', 'b/manage.py': '' })).toBe('alembic')
  await expect(find({ 'a/alembic.ini': '', 'b/alembic.ini': '' })).rejects.toThrow(
    'several projects of Alembic',
  )
  expect(await find({ 'alembic.ini': '', 'b/alembic.ini': '' })).toBe('alembic')
  expect(await find({ 'a/b/alembic.ini': '' }, { directory: 'a/b' })).toBe('alembic')
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
      expect(await knex.historyTables(context.config, directory)).toEqual([
        'schema_migrations',
        'schema_migrations_lock',
      ])
    },
  )
})

test('a folder that is named, and in which nobody recognises anything, is not one without migrations', async () => {
  await expect(find({ 'db/x/1.txt': '' }, { directory: 'db/x' })).rejects.toThrow(
    'no tool was recognised by the files',
  )
  expect(await find({ 'db/x/.keep': '' }, { directory: 'db/x' })).toBeUndefined()
})

test('an absolute folder is wrong usage', async () => {
  await expect(find({}, { directory: '/srv/migrations' })).rejects.toThrow('it is a path from the project')
})

test('a name that nobody knows is wrong usage', async () => {
  await expect(find({}, { framework: 'liquibase' })).rejects.toThrow('does not know the framework')
})
