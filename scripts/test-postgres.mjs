/**
 * Runs the tests of what reads or judges a database on every version of Postgres: `npm run test:postgres`, or with the versions
 * as arguments. The servers come from npm, into a cache outside the project's dependencies.
 */
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { installPostgres, majorVersions } from '../dist/bench/postgres-versions.js'

const root = join(import.meta.dirname, '..')
const versions = process.argv.length > 2 ? process.argv.slice(2).map(Number) : majorVersions

const failed = []
for (const version of versions) if (!(await passes(version))) failed.push(version)
if (failed.length > 0) {
  process.stderr.write(`The tests fail on Postgres ${failed.join(', ')}.\n`)
  process.exitCode = 1
}

async function passes(version) {
  const { postgres } = await installPostgres(version)
  process.stdout.write(`\nPostgres ${version}\n`)
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const env = { ...process.env, LOCKKEEPER_TEST_POSTGRES: dirname(postgres) }
  const parameters = [vitest, 'run', 'src/postgres/', 'src/safety/']
  return spawnSync(process.execPath, parameters, { cwd: root, env, stdio: 'inherit' }).status === 0
}
