import assert from 'node:assert/strict'
import type { Check } from './cli.ts'
import type { World } from './world.ts'

interface Dyno {
  readonly id: string
  readonly name: string
  readonly state: string
}

/** Dynos of the formation: told about, scaled, awaited, restarted and stopped. */
export async function checkProcesses(world: World, check: Check, app: string[]): Promise<void> {
  const dynos = () => world.get<Dyno[]>('/apps/canal/dynos')
  const idOf = async (name: string) => (await dynos()).find((dyno) => dyno.name === name)?.id
  /** Every one of the named dynos is another one than before the command. */
  const replaced = (...names: string[]) => {
    const before = Promise.all(names.map(idOf))
    return async () => {
      const after = await Promise.all(names.map(idOf))
      for (const [index, id] of (await before).entries()) assert.notEqual(after[index], id)
    }
  }
  await check('ps:scale', ['ps:scale', 'web=2', 'worker=1', ...app], {
    prints: [/Scaling dynos.*done, now running .*web.* at 2:Standard-1X.*worker.* at 1:Standard-1X/],
    effect: async () =>
      assert.deepEqual((await dynos()).map(({ name }) => name).sort(), ['web.1', 'web.2', 'worker.1']),
  })
  await check('ps:scale', ['ps:scale', ...app], { prints: [/web=2:Standard-1X worker=1:Standard-1X/] })
  await check('ps:wait', ['ps:wait', ...app], {
    effect: async () => assert.ok((await dynos()).every(({ state }) => state === 'up')),
  })
  await check('ps', ['ps', ...app], {
    prints: [
      /=== web \(Standard-1X\): node server\.js \(2\)/,
      /web\.1: up .*\n.*web\.2: up /,
      /worker\.1: up/,
    ],
  })
  await check('ps:type', ['ps:type', ...app], { prints: [/web +Standard-1X +2/, /worker +Standard-1X +1/] })
  await check('ps:type', ['ps:type', 'worker=standard-2x', ...app], { prints: [/worker +standard-2x +1/i] })
  await check('ps:restart', ['ps:restart', '--dyno-name', 'web.1', ...app], {
    prints: [/Restarting dyno web\.1 on .*canal.*done/],
    effect: replaced('web.1'),
  })
  await check('ps:restart', ['ps:restart', '--process-type', 'worker', ...app], {
    prints: [/Restarting all worker dynos on .*canal.*done/],
    effect: replaced('worker.1'),
  })
  await check('ps:restart', ['ps:restart', ...app], {
    prints: [/Restarting all dynos on .*canal.*done/],
    effect: replaced('web.1', 'web.2', 'worker.1'),
  })
  await check('ps:stop', ['ps:stop', '--dyno-name', 'worker.1', ...app], {
    prints: [/Stopping .*worker\.1.* on .*canal.*done/],
    effect: replaced('worker.1'),
  })
  await check('ps:scale', ['ps:scale', 'web-1', 'worker=0', ...app], {
    prints: [/web.* at 1:/],
    effect: async () =>
      assert.deepEqual(
        (await dynos()).map(({ name }) => name),
        ['web.1'],
      ),
  })
}

/** One-off dynos, with and without a terminal's other end, and the log that tells of them. */
export async function checkOneOffs(world: World, check: Check, app: string[]): Promise<void> {
  await check('run', ['run', ...app, '--', 'echo "hi from $DYNO"; wc -c'], {
    input: 'twelve bytes',
    prints: [/hi from run\.\d+/, /^ *12$/m],
  })
  await check('run', ['run', '--env', 'A=1;B=2', ...app, '--', 'echo $A$B ünïcode'], {
    prints: [/^12 ünïcode$/m],
  })
  await check('run -x', ['run', '--exit-code', ...app, '--', 'exit 3'], { exitCode: 3 })
  await check('run -x', ['run', '--exit-code', ...app, '--', 'no-such-command'], { exitCode: 127 })
  await check('run -x', ['run', '--exit-code', ...app, '--', 'true'], { exitCode: 0 })
  await check('run:detached', ['run:detached', ...app, '--', 'echo detached and $DYNO'], {
    prints: [/Running .*done, run\.\d+/],
    effect: async (output) => {
      const name = /run\.\d+/.exec(output)?.[0] ?? ''
      await world.eventually('the end of the detached dyno', async () => {
        const dynos = await world.get<Dyno[]>('/apps/canal/dynos')
        return dynos.some((dyno) => dyno.name === name) ? undefined : true
      })
    },
  })
  await check('logs', ['logs', '--num', '200', ...app], {
    prints: [
      /app\[api\]: Release v3 created by user developer@example\.com/,
      /heroku\[web\.1\]: State changed from starting to up/,
      /app\[web\.1\]: listening/,
      /app\[run\.\d+\]: detached and run\.\d+/,
      /heroku\[run\.\d+\]: Process exited with status 0/,
      /heroku\[router\]: at=info method=GET path="\/" .* dyno=web\.1 .* status=200/,
    ],
  })
  await check('logs --dyno', ['logs', '--dyno', 'router', '--num', '3', ...app], {
    effect: (output) => {
      const lines = output
        .trim()
        .split('\n')
        .filter((line) => /^\d{4}-/.test(line))
      assert.ok(lines.length > 0 && lines.every((line) => line.includes('[router]')))
    },
  })
  await checkTail(world, check, app)
}

/** Lines that come after the command began to listen, until a person presses Ctrl-C. */
async function checkTail(world: World, check: Check, app: string[]): Promise<void> {
  const { web_url: address } = await world.get<{ web_url: string }>('/apps/canal')
  const visits = setInterval(() => void fetch(new URL('/visited-while-listening', address)), 300)
  try {
    await check('logs --tail', ['logs', '--tail', '--num', '1', ...app], {
      until: /(visited-while-listening[^]*){3}/,
      prints: [/heroku\[router\]: at=info method=GET path="\/visited-while-listening"/],
    })
  } finally {
    clearInterval(visits)
  }
}
