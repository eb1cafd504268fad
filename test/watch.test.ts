import { join } from 'node:path'
import { expect, test } from 'vitest'
import { replace } from '../tasks/demo/example-files.ts'
import { projectDirectory } from '../tasks/demo/project.ts'
import { badHealth, goodRelease } from '../tasks/demo/stories.ts'
import { commitStory } from './support/commit.ts'
import { expectExit, expectRolledBack, withWorld } from './support/world.ts'

test('an SQL invariant that returns a row rolls the deploy back, its migration too', async () => {
  await withWorld({}, async (world) => {
    const before = await world.snapshot()
    const settings = await world.repository.read('lockkeeper.yml')
    const violated = 'invariants:\n    - name: nothing is ever true\n      sql: SELECT 1\n'
    await world.repository.commit('Ask for too much', {
      'lockkeeper.yml': replace(settings, 'invariants:\n', violated),
    })
    await commitStory(world, goodRelease)
    const run = await world.deploy()
    expectExit(run, 4)
    expect(run.output).toContain("The invariant 'nothing is ever true' is violated by 1 row(s).")
    await expectRolledBack(world, before)
  })
})

test('the release phase runs the migrations where it is asked to, and a bad release takes them back', async () => {
  await withWorld({}, async (world) => {
    const { repository } = world
    const dbmate = join(projectDirectory, 'node_modules', '.bin', 'dbmate')
    const migrate = `${dbmate} --url "$DATABASE_URL?sslmode=disable" --no-dump-schema up`
    await repository.commit('Migrate in the release phase', {
      Procfile: replace(await repository.read('Procfile'), 'release: ', `release: ${migrate} && `),
      'lockkeeper.yml': `${await repository.read('lockkeeper.yml')}\nmigrate:\n  run: release-phase\n`,
    })
    const first = await world.snapshot()
    await commitStory(world, goodRelease)
    const good = await world.deploy()
    expectExit(good, 0)
    expect(good.output).not.toContain('-----> Run the migrations')
    const before = await world.snapshot()
    expect(before.fingerprint).not.toBe(first.fingerprint)

    await commitStory(world, badHealth)
    expectExit(await world.deploy(), 4)
    await expectRolledBack(world, before)
  })
})

test('a release that answers its health check and fails its users is rolled back for what the router answers', async () => {
  await withWorld({}, async (world) => {
    const { repository } = world
    const before = await world.snapshot()
    const reading = "if (pathname === '/items')"
    await repository.commit('Hang up on readers', {
      'routes.js': replace(
        await repository.read('routes.js'),
        reading,
        `if (pathname.startsWith('/items/')) return request.socket.destroy()\n  ${reading}`,
      ),
      'lockkeeper.yml': replace(await repository.read('lockkeeper.yml'), 'settle: 10', 'settle: 150'),
    })
    const run = await world.withLoad(30, () => world.deploy())
    expectExit(run, 4)
    expect(run.output).toMatch(/The router answered with errors while the new release served: .*H13 x \d+/)
    await expectRolledBack(world, before)
  })
})
