import { expect, test } from 'vitest'
import { waitUntil } from '../tasks/demo/platform.ts'
import { schemaFault } from './support/json-schema.ts'
import { checkJsonSchema } from '../src/report/check/json-schema.ts'
import { expectExit, expectUnchanged, withWorld } from './support/world.ts'

const file = 'db/migrations/20260401090000_lose.sql'

const migration = (comment: string): string =>
  `-- migrate:up\n${comment}DELETE FROM items WHERE id = (SELECT -1);\n-- migrate:down\nSELECT 1;\n`

test('a risk that somebody accepts does not refuse a deploy, and is told with its reason', async () => {
  await withWorld({}, async (world) => {
    const { repository, app } = world
    const before = await world.snapshot()
    await repository.commit('Lose a row', { [file]: migration('') })
    expectExit(await world.deploy(), 3)
    const refused = await world.run(['check', '--app', app, '--json'])
    expectExit(refused, 3)
    expect(schemaFault(checkJsonSchema(), refused.stdout)).toBeNull()
    await expectUnchanged(world, before)

    await repository.commit('Run it anyway [allow-unsafe-migrations]', { 'README.md': 'Hello\n' })
    const allowed = await world.run(['check', '--app', app])
    expectExit(allowed, 0)
    expect(allowed.output).toMatch(
      /Accepted: \[allow-unsafe-migrations\] Run it anyway \(commit [0-9a-f]{8}\)/,
    )

    const entry = '{rule: drop-table, reason: gone, until: 2020-01-01}'
    const settings = await repository.read('lockkeeper.yml')
    await repository.commit('Say why', {
      [file]: migration('-- lockkeeper: allow lose-rows because it was rehearsed\n'),
      'lockkeeper.yml': `${settings}\ncheck:\n  allow:\n    - ${entry}\n`,
    })
    const deployed = await world.deploy()
    expectExit(deployed, 0)
    expect(deployed.output).toContain(`Accepted: it was rehearsed (${file}:2)`)
    expect(deployed.output).toContain('1 risk accepted')
    expect(deployed.output).toContain('ended with 2020-01-01')
  })
})

test('a database that goes away ends a check in one clear message', async () => {
  await withWorld({}, async (world) => {
    await world.client.request('POST', '/_emulator/postgres/stop')
    const run = await world.run(['check', '--app', world.app, '--format', 'sarif'])
    await world.client.request('POST', '/_emulator/postgres/start')
    expectExit(run, 7)
    expect(run.stdout).toBe('')
    expect(run.stderr).toMatch(/database/i)
    const answers = () =>
      world.snapshot().then(
        () => true,
        () => false,
      )
    await waitUntil('the database answers again', 60_000, answers)
    const sarif = await world.run(['check', '--app', world.app, '--format', 'sarif'])
    expectExit(sarif, 0)
    expect(JSON.parse(sarif.stdout)).toMatchObject({ version: '2.1.0' })
  })
})
