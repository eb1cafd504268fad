import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { packSlug, startApp, type RunningApp } from './router/apps.ts'
import { withEmulatorUnderLoad } from './router/emulator.ts'
import type { LoadOrder, LoadReport } from './router/load.ts'

const execute = promisify(execFile)

const apps = 10
const dynosPerApp = 5
/** Of the rate that the dynos give without a router. */
const leastRate = 0.5
const usualRate = 500
/** Milliseconds, at the usual rate. */
const mostAddedP99 = 5

interface Pair {
  readonly direct: LoadReport
  readonly routed: LoadReport
}

/** Ten apps and fifty dynos under load, through their routers and past them; prints both as ratios. */
export async function benchRouter(): Promise<boolean> {
  const directory = await mkdtemp(path.join(tmpdir(), 'lockkeeper-router-'))
  try {
    const slug = await packSlug(directory)
    return await withEmulatorUnderLoad(async ({ call, memory }) => {
      const before = await memory()
      const running: RunningApp[] = []
      for (let index = 1; index <= apps; index += 1)
        running.push(await startApp(call, `router-${index}`, dynosPerApp, slug))
      const after = await memory()
      const most = await measure(running, { rate: 0, seconds: 4, connections: 50 })
      const usual = await measure(running, { rate: usualRate, seconds: 6, connections: 50 })
      print(most, usual, after - before)
      return withinBounds(most, usual)
    })
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/**
 * In turn, because both at once would take each other's share of the machine, and three times: what else the machine does only
 * makes a figure worse, so the best one counts. A first run warms both up.
 */
async function measure(running: readonly RunningApp[], load: Omit<LoadOrder, 'targets'>): Promise<Pair> {
  const direct = { ...load, targets: running.flatMap(({ dynos }) => dynos) }
  const routed = { ...load, targets: running.map(({ address }) => address) }
  await runLoad({ ...direct, seconds: 2 })
  await runLoad({ ...routed, seconds: 2 })
  const rounds: Pair[] = []
  while (rounds.length < 3) rounds.push({ direct: await runLoad(direct), routed: await runLoad(routed) })
  const better = (a: LoadReport, b: LoadReport) =>
    load.rate === 0 ? b.perSecond - a.perSecond : a.p99 - b.p99
  return {
    direct: best(rounds.map((round) => round.direct).sort(better)),
    routed: best(rounds.map((round) => round.routed).sort(better)),
  }
}

/** The first, with the failures of all. */
function best(reports: readonly LoadReport[]): LoadReport {
  const [first] = reports
  if (first === undefined) throw new Error('Nothing was measured')
  return { ...first, failed: reports.reduce((sum, { failed }) => sum + failed, 0) }
}

async function runLoad(order: LoadOrder): Promise<LoadReport> {
  const program = path.join(import.meta.dirname, 'router', 'load.js')
  const { stdout } = await execute(process.execPath, [program, JSON.stringify(order)])
  return JSON.parse(stdout) as LoadReport
}

const addedP99 = ({ direct, routed }: Pair): number => routed.p99 - direct.p99
const rateRatio = ({ direct, routed }: Pair): number => routed.perSecond / direct.perSecond

function withinBounds(most: Pair, usual: Pair): boolean {
  const failed = [most, usual].some(({ direct, routed }) => direct.failed + routed.failed > 0)
  return !failed && rateRatio(most) >= leastRate && addedP99(usual) <= mostAddedP99
}

function print(most: Pair, usual: Pair, grown: number): void {
  const line = (name: string, { perSecond, p50, p99, failed, failures, cpu }: LoadReport): string =>
    `  ${name.padEnd(22)} ${perSecond.toFixed(0).padStart(6)} /s   p50 ${p50.toFixed(2)} ms   p99 ${p99.toFixed(2)} ms` +
    `   failed ${failed}${failed > 0 ? ` ${JSON.stringify(failures)}` : ''}   (the load itself used ${cpu.toFixed(2)} of a core)`
  process.stdout.write(
    [
      `router: ${apps} apps, ${apps * dynosPerApp} dynos`,
      line('as many as go, direct', most.direct),
      line('  through the routers', most.routed),
      `  ratio                  ${rateRatio(most).toFixed(2)} (at least ${leastRate})`,
      line(`${usualRate} /s, direct`, usual.direct),
      line('  through the routers', usual.routed),
      `  added p99              ${addedP99(usual).toFixed(2)} ms (at most ${mostAddedP99})`,
      `  p99 ratio              ${(usual.routed.p99 / usual.direct.p99).toFixed(2)}`,
      `  the emulator's memory per idle dyno: ${(grown / apps / dynosPerApp).toFixed(2)} MB`,
      '',
    ].join('\n'),
  )
}
