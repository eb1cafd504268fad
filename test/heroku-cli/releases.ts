import assert from 'node:assert/strict'
import type { Check } from './cli.ts'
import { serves } from './code.ts'
import type { World } from './world.ts'

interface Release {
  readonly version: number
  readonly status: string
  readonly current: boolean
  readonly description: string
}

/** Releases: listed, read, gone back to, tried again; and one whose release phase fails. */
export async function checkReleases(world: World, check: Check, app: string[]): Promise<void> {
  const settled = (version: number) =>
    world.eventually(`the end of v${version}`, async () => {
      const release = await world.get<Release>(`/apps/canal/releases/${version}`)
      return release.status === 'pending' ? undefined : release
    })
  await check('releases', ['releases', ...app], {
    prints: [
      /canal Releases - Current: v3/,
      /v3 +Deploy [\da-f]{8} +developer@example\.com/,
      /v1 +Initial release/,
    ],
  })
  await check('releases', ['releases', '--num', '1', '--json', ...app], {
    effect: (output) => assert.equal((JSON.parse(output) as Release[])[0]?.version, 3),
  })
  await check('releases:info', ['releases:info', 'v3', ...app], {
    prints: [/=== Release v3/, /Change: +Deploy [\da-f]{8}/, /Eligible for Rollback\?: +Yes/],
  })
  await check('releases:output', ['releases:output', 'v3', ...app], { prints: [/^migrating for v3$/m] })
  await check('config:set', ['config:set', 'GREETING=hello', ...app], {
    prints: [/done, v4/],
    effect: async () => assert.equal((await settled(4)).current, true),
  })
  await check('releases:rollback vN', ['releases:rollback', 'v3', ...app], {
    prints: [/Rolling back .*canal.* to .*v3.*done, v5/, /migrating for v5/],
    effect: async () => {
      assert.equal((await settled(5)).description, 'Rollback to v3')
      assert.deepEqual(await world.get('/apps/canal/config-vars'), {})
      await serves(world, 'canal', 'v5')
    },
  })
  await check('releases:retry', ['releases:retry', ...app], {
    prints: [/Retrying .*v5.* on .*canal.*done, v6/, /migrating for v6/],
    effect: async () => assert.equal((await settled(6)).description, 'Retry of v5: Rollback to v3'),
  })
  await check('releases:rollback', ['releases:rollback', ...app], {
    prints: [/Rolling back .*canal.* to .*v5.*done, v7/],
    effect: async () => assert.equal((await settled(7)).current, true),
  })
  await checkFailedReleasePhase(world, check, settled)
}

async function checkFailedReleasePhase(
  world: World,
  check: Check,
  settled: (version: number) => Promise<Release>,
): Promise<void> {
  await world.commit({ Procfile: 'web: node server.js\nrelease: echo cannot migrate; exit 1\n' })
  await check('git push', ['push', 'heroku', 'main'], {
    prints: [/cannot migrate/, /Waiting for release\.+ failed/, /main -> main/],
    effect: async () => {
      assert.equal((await settled(8)).status, 'failed')
      assert.equal((await world.get<Release>('/apps/canal/releases/7')).current, true)
      await serves(world, 'canal', 'v7')
    },
  })
  await check('releases', ['releases', '--app', 'canal'], {
    prints: [/Current: v7/, /v8 +.*release command failed/i],
  })
}
