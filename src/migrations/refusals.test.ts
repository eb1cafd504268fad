import { beforeEach, expect, test } from 'vitest'
import { sharedPostgres } from '../../test/support/shared-postgres.ts'
import { checkOn, query } from '../../test/support/framework-project.ts'
import { projectContext, withProject, type TestContext } from '../../test/support/project.ts'
import { nodePgMigrate } from './javascript/node-pg-migrate.ts'
import type { Framework } from './types.ts'

// What a tool itself would refuse to run makes a check unknown: told without the tool.

const server = sharedPostgres()
let url: string
beforeEach(async () => {
  url = await server.createDatabase()
})

/** The problems of a project, which has to be unknown because of them. */
async function problemsOf(
  framework: Framework,
  files: Readonly<Record<string, string>>,
  history: string,
): Promise<readonly string[]> {
  return withProject(files, async (directory) => {
    const context: TestContext = projectContext(directory, url, { framework: framework.name })
    await query(context, history)
    const { verdict } = await checkOn(context)
    const { problems } = await framework.read(context)
    expect(verdict).toBe(problems.length === 0 ? 'safe' : 'unknown')
    return problems
  })
}

test('node-pg-migrate: two files under one name', async () => {
  const files = { 'migrations/4_d.sql': 'select 1;', 'migrations/4_d.js': 'exports.up = () => {}' }
  expect(await problemsOf(nodePgMigrate, files, 'select 1')).toEqual([
    'The version 4_d is used by several files: migrations/4_d.js and migrations/4_d.sql.',
  ])
})
