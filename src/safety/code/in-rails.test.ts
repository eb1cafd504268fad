import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { sharedPostgres } from '../../../test/support/shared-postgres.ts'
import { sharedSkeleton } from '../../../test/support/shared-skeleton.ts'
import { withProject, writeFiles } from '../../../test/support/project.ts'
import { generateRails } from '../../../test/support/rails-project.ts'
import { prove, rulesWithRecipe, type ProofOptions } from '../../../test/support/recipe-world.ts'

const run = promisify(execFile)

const server = sharedPostgres()
const skeleton = sharedSkeleton(generateRails)
let version: string
beforeAll(async () => {
  version = /\d+\.\d+/.exec((await run('rails', ['--version'])).stdout)?.[0] ?? ''
})

const inRails: ProofOptions = {
  target: { framework: 'rails' },
  ignore: ['schema_migrations', 'ar_internal_metadata'],
  withProject: (url, code, use) =>
    withProject({}, async (directory) => {
      await skeleton.copyTo(directory)
      const parts = code.filter(([, { text }]) => !text.includes('ApplicationRecord'))
      const migrations = parts.map(([, { text }], index) => [
        `db/migrate/2030010100000${index}_step_${index}.rb`,
        `class Step${index} < ActiveRecord::Migration[${version}]\n${text}\nend\n`,
      ])
      await writeFiles(directory, Object.fromEntries(migrations) as Record<string, string>)
      const env = { ...process.env, DATABASE_URL: url, RAILS_ENV: 'production', SCHEMA: '/dev/null' }
      const tell = (...words: string[]) => run('bin/rails', words, { cwd: directory, env })
      return use({ apply: () => tell('db:migrate'), takeBack: () => tell('db:migrate', 'VERSION=0') })
    }),
}

test.each(rulesWithRecipe)('$id: Rails does what the SQL does, and takes it back', async ({ id }) => {
  const { difference, leftOver } = await prove(server, id, inRails)
  expect(difference).toEqual([])
  expect(leftOver ?? []).toEqual([])
})
