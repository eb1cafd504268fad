import { execFile } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const endDeadline = 10_000

/**
 * Clears what a killed emulator left of a server in `dataDirectory`: ends a postmaster that still runs there, and removes
 * the pid file of one that does not, whose number may since belong to another program. True when there was something.
 * Throws when the server belongs to an emulator that lives: `ownerFile` holds its process number.
 */
export async function endLeftover(dataDirectory: string, ownerFile: string): Promise<boolean> {
  const file = path.join(dataDirectory, 'postmaster.pid')
  const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0])
  if (!Number.isInteger(pid) || pid <= 0) return false
  const owner = Number(await readFile(ownerFile, 'utf8').catch(() => ''))
  if ((await servesFrom(pid, dataDirectory)) && lives(owner))
    throw new Error(`The state directory is in use by another emulator, process ${owner}.`)
  const deadline = Date.now() + endDeadline
  for (let signal: NodeJS.Signals = 'SIGQUIT'; await servesFrom(pid, dataDirectory); await sleep(50)) {
    try {
      process.kill(pid, signal)
    } catch {
      break
    }
    if (Date.now() > deadline - endDeadline / 2) signal = 'SIGKILL'
    if (Date.now() > deadline) throw new Error(`Postgres (process ${pid}) of an earlier run does not end.`)
  }
  await rm(file, { force: true })
  return true
}

function lives(pid: number): boolean {
  try {
    return Number.isInteger(pid) && pid > 0 && process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Whether the process is a Postgres server over this very directory. */
async function servesFrom(pid: number, dataDirectory: string): Promise<boolean> {
  const words = await commandLine(pid)
  return words.some((word) => word.endsWith('postgres')) && words.includes(dataDirectory)
}

async function commandLine(pid: number): Promise<string[]> {
  if (process.platform === 'linux')
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
  return await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]).then(
    ({ stdout }) => stdout.trim().split(' '),
    () => [],
  )
}
