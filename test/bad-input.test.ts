import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { LockkeeperRun } from '../tasks/demo/run-lockkeeper.ts'
import { waitUntil } from '../tasks/demo/platform.ts'
import type { World } from '../tasks/demo/world.ts'
import { expectExit, expectUnchanged, withWorld } from './support/world.ts'

interface BadInput {
  readonly what: string
  readonly exitCode: 2 | 7
  /** What the message has to name. */
  readonly says: RegExp
  /** Defaults to a deploy of the app. */
  readonly run?: (world: World) => Promise<LockkeeperRun>
  readonly prepare?: (world: World) => Promise<unknown>
}

const withoutPostgres = async (world: World): Promise<LockkeeperRun> => {
  await world.client.request('POST', '/_emulator/postgres/stop')
  try {
    return await world.deploy()
  } finally {
    await world.client.request('POST', '/_emulator/postgres/start')
    await waitUntil('the database answers again', 60_000, () =>
      world.snapshot().then(
        () => true,
        () => false,
      ),
    )
  }
}

const withEnvironment = (world: World, changes: Record<string, string>) =>
  world.run(['deploy', '--app', world.app], { environment: { ...world.environment, ...changes } })

const badInputs: readonly BadInput[] = [
  { what: 'no app', exitCode: 2, says: /--app/, run: (world) => world.run(['deploy']) },
  {
    what: 'an unknown app',
    exitCode: 7,
    says: /no-such-app/,
    run: (world) => world.run(['deploy', '--app', 'no-such-app']),
  },
  { what: 'an unknown flag', exitCode: 2, says: /--fast/, run: (world) => world.deploy('--fast') },
  { what: 'an unknown command', exitCode: 2, says: /deplyo/, run: (world) => world.run(['deplyo']) },
  {
    what: 'a bad key',
    exitCode: 7,
    says: /key/i,
    run: (world) => withEnvironment(world, { HEROKU_API_KEY: 'not-the-key' }),
  },
  {
    what: 'no key',
    exitCode: 7,
    says: /HEROKU_API_KEY/,
    run: (world) => withEnvironment(world, { HEROKU_API_KEY: '' }),
  },
  {
    what: 'an API that cannot be reached',
    exitCode: 7,
    says: /127\.0\.0\.1:1\b/,
    run: (world) => withEnvironment(world, { HEROKU_HOST: 'http://127.0.0.1:1' }),
  },
  { what: 'a database that does not answer', exitCode: 7, says: /database/i, run: withoutPostgres },
  {
    what: 'a misspelled key in lockkeeper.yml',
    exitCode: 2,
    says: /lockkeeper\.yml.*\b3\b.*helth[\s\S]*health/,
    prepare: ({ repository }) =>
      repository.commit('Misspell', { 'lockkeeper.yml': '# settings\nwatch:\n  helth: []\n' }),
  },
  {
    what: 'a wrong value in lockkeeper.yml',
    exitCode: 2,
    says: /settle.*\b2\b|\b2\b.*settle/,
    prepare: ({ repository }) => repository.commit('Wrong', { 'lockkeeper.yml': 'watch:\n  settle: soon\n' }),
  },
  {
    what: 'a lockkeeper.yml that is no YAML',
    exitCode: 2,
    says: /lockkeeper\.yml.*\b[23]\b/,
    prepare: ({ repository }) => repository.commit('Break', { 'lockkeeper.yml': 'watch:\n  settle: [1\n' }),
  },
  {
    what: 'a lockkeeper.yml that cannot be read',
    exitCode: 2,
    says: /lockkeeper\.yml/,
    prepare: async ({ repository }) => {
      await repository.write({ 'lockkeeper.yml': null })
      await repository.commit('A directory', { 'lockkeeper.yml/keep': '' })
    },
  },
  {
    what: 'a directory that is not a git repository',
    exitCode: 7,
    says: /git repository/,
    run: (world) => world.run(['deploy', '--app', world.app], { directory: world.directory }),
  },
  {
    what: 'a dirty tree',
    exitCode: 7,
    says: /items\.js/,
    prepare: ({ repository }) => repository.write({ 'items.js': '// half done\n' }),
  },
  {
    what: 'a migration that is not committed',
    exitCode: 7,
    says: /20260301090000_forgotten\.sql/,
    prepare: ({ repository }) =>
      repository.write({ 'db/migrations/20260301090000_forgotten.sql': '-- migrate:up\n' }),
  },
  {
    what: 'a migration of another framework that is not committed',
    exitCode: 7,
    says: /not committed \(migrations\/1_forgotten\.up\.sql\)/,
    prepare: async ({ repository }) => {
      const settings = 'migrations:\n  framework: golang-migrate\n  table: golang_migrations\n'
      await repository.commit('Another framework', { 'lockkeeper.yml': settings })
      await repository.write({ 'migrations/1_forgotten.up.sql': 'select 1;\n' })
    },
  },
  {
    what: 'a shallow clone',
    exitCode: 7,
    says: /git fetch --unshallow/,
    prepare: ({ repository }) =>
      repository.git(['clone', '--quiet', '--depth=1', `file://${repository.directory}`, '../shallow']),
    run: (world) =>
      world.run(['deploy', '--app', world.app], { directory: join(world.directory, 'shallow') }),
  },
  {
    what: 'a detached HEAD',
    exitCode: 7,
    says: /detached/,
    prepare: ({ repository }) => repository.git(['checkout', '--quiet', '--detach']),
  },
]

describe('bad input ends in one clear message, with nothing changed:', () => {
  test('one after the other, on the same app', async () => {
    await withWorld({}, async (world) => {
      const good = await world.repository.head()
      const before = await world.snapshot()
      for (const { what, exitCode, says, run, prepare } of badInputs) {
        await prepare?.(world)
        const ended = await (run?.(world) ?? world.deploy())
        expect(ended.exitCode, `${what}: ${ended.output}`).toBe(exitCode)
        expectExit(ended, exitCode)
        expect(ended.output, what).toMatch(says)
        await expectUnchanged(world, before)
        await world.repository.git(['checkout', '--quiet', '--force', '-B', 'main', good])
        await world.repository.git(['clean', '--force', '-d', '--quiet'])
      }
    })
  })

  test('an app without a database', async () => {
    await withWorld({ plan: null, deployed: false }, async (world) => {
      const before = await world.snapshot()
      const run = await world.deploy()
      expectExit(run, 7)
      expect(run.output).toMatch(/database/i)
      await expectUnchanged(world, before)
    })
  })
})
