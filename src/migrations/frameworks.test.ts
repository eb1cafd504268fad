import { expect, test } from 'vitest'
import { projectContext, withProject } from '../../test/support/project.ts'
import { findFramework } from './frameworks.ts'
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

test('a name that nobody knows is wrong usage', async () => {
  await expect(find({}, { framework: 'liquibase' })).rejects.toThrow('does not know the framework')
})
