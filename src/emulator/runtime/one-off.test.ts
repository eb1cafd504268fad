import { expect, test } from 'vitest'
import { until, withRuntime, type TestRuntime } from '../../../test/support/runtime.ts'
import type { App, Release } from '../model.ts'
import type { OneOffOptions } from '../platform.ts'

const release = (app: App): Release => {
  const found = app.releases.at(-1)
  if (found === undefined) throw new Error('The app has no release')
  return found
}

async function run(test: TestRuntime, app: App, options: Partial<OneOffOptions> & { command: string }) {
  const chunks: Buffer[] = []
  const onOutput = (chunk: Buffer) => void chunks.push(chunk)
  const oneOff = await test.runtime.runOneOff(app, release(app), { type: 'run', onOutput, ...options })
  return { oneOff, output: () => Buffer.concat(chunks).toString() }
}

test('runs a command in the slug with the config vars, and hands out all output before its status', () =>
  withRuntime({}, async (test) => {
    const app = await test.app({
      configVars: { GREETING: 'hello' },
      files: { 'data.txt': 'from the slug\n' },
    })
    const { oneOff, output } = await run(test, app, {
      command: 'cat data.txt && echo $GREETING $EXTRA $DYNO; echo problem >&2; exit 3',
      env: { EXTRA: 'extra' },
    })
    const { name } = oneOff.dyno
    expect(name).toMatch(/^run\.\d{4}$/)
    expect(test.runtime.dynos(app).map((dyno) => dyno.name)).toEqual([name])
    expect(await oneOff.exited).toBe(3)
    expect(output()).toContain(`from the slug\nhello extra ${name}\n`)
    expect(output()).toContain('problem\n')
    expect(test.runtime.dynos(app)).toEqual([])
    expect(test.messages(app, { source: 'heroku', dyno: name })).toEqual([
      expect.stringMatching(/^Starting process with command `cat/),
      'State changed from starting to up',
      'Process exited with status 3',
      'State changed from up to complete',
    ])
  }))

test('knows what buildpacks leave: .profile.d and the programs of node_modules', () =>
  withRuntime({}, async (test) => {
    const app = await test.app({
      files: {
        '.profile.d/one.sh': 'export PROFILE=read',
        'node_modules/.bin/tool': '#!/bin/sh\necho tool runs\n',
      },
    })
    const { oneOff, output } = await run(test, app, { command: 'echo $PROFILE; sh "$(which tool)"; exit 4' })
    expect([await oneOff.exited, output()]).toEqual([4, 'read\ntool runs\n'])
  }))

test('a signal is 128 and its number; a command that does not exist is 127', () =>
  withRuntime({}, async (test) => {
    const app = await test.app()
    const killed = await run(test, app, { command: 'kill -9 $$' })
    expect(await killed.oneOff.exited).toBe(137)
    const missing = await run(test, app, { command: 'no-such-command' })
    expect(await missing.oneOff.exited).toBe(127)
  }))

test('a slug whose files are gone ends like a command that cannot start', () =>
  withRuntime({}, async (test) => {
    const app = await test.app()
    const slug = app.slugs[0]
    if (slug !== undefined) app.slugs[0] = { ...slug, id: 'gone' }
    const { oneOff, output } = await run(
      test,
      { ...app, releases: [{ ...release(app), slugId: 'gone' }] },
      { command: 'true' },
    )
    expect(await oneOff.exited).toBe(127)
    expect(output()).toContain('ENOENT')
  }))

test('an attached one-off reads what the caller writes', () =>
  withRuntime({}, async (test) => {
    const app = await test.app()
    const { oneOff, output } = await run(test, app, {
      command: 'while read line; do echo "<$line>"; done',
      attach: true,
    })
    oneOff.stdin?.write('one\n')
    await until('answered', () => output() === '<one>\n')
    oneOff.stdin?.end('two\n')
    expect(await oneOff.exited).toBe(0)
    expect(output()).toBe('<one>\n<two>\n')
  }))

test('ends at its time to live, when it is killed, and when it is stopped by name', () =>
  withRuntime({}, async (test) => {
    const app = await test.app()
    const short = await run(test, app, { command: 'sleep 100', timeToLive: 5 })
    expect(await short.oneOff.exited).toBe(143)
    const killed = await run(test, app, { command: 'trap "exit 9" TERM; echo ready; sleep 100 & wait' })
    await until('trap set', () => killed.output() === 'ready\n')
    killed.oneOff.kill()
    expect(await killed.oneOff.exited).toBe(9)
    const stopped = await run(test, app, { command: 'sleep 100', type: 'release' })
    await test.runtime.restart(app, undefined)
    await test.runtime.stop(app, stopped.oneOff.dyno.name)
    expect(await stopped.oneOff.exited).toBe(143)
    const fault = await run(test, app, { command: 'sleep 100' })
    expect(test.runtime.kill(app, fault.oneOff.dyno.name, 'parent')).toBe(true)
    expect(await fault.oneOff.exited).toBe(137)
  }))

test('a release without a slug has nothing to run', () =>
  withRuntime({}, async (test) => {
    const app = await test.app()
    const bare = { ...release(app), slugId: null }
    await expect(test.runtime.runOneOff(app, bare, { command: 'true', type: 'run' })).rejects.toThrow(
      'no slug',
    )
  }))
