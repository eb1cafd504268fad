import { spawnSync } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { lockkeeperCommand } from './demo/project.ts'

function runEmulator(...args: string[]): { exitCode: number | null; stderr: string } {
  const { status, stderr } = spawnSync(process.execPath, [lockkeeperCommand, 'emulator', ...args], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { exitCode: status, stderr }
}

test.each([
  ['--time-scale=7', 'must be above 0 and at most 1'],
  ['--time-scale=slow', 'must be above 0 and at most 1'],
  ['--set=bootTimeOut=5', 'sets nothing'],
  ['--port=99999', '65535'],
])('%s is wrong usage, with one message', (flag, message) => {
  const { exitCode, stderr } = runEmulator(flag)
  expect(exitCode).toBe(2)
  expect(stderr).toContain(message)
  expect(stderr).not.toMatch(/\n\s+at /)
})

test('a port that is taken is said so', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = other.address() as AddressInfo
    const { exitCode, stderr } = runEmulator(`--port=${port}`)
    expect(exitCode).toBe(7)
    expect(stderr).toContain(String(port))
    expect(stderr).not.toMatch(/\n\s+at /)
  } finally {
    await new Promise((resolve) => other.close(resolve))
  }
})

test('a state that cannot be kept is said so', () => {
  const { exitCode, stderr } = runEmulator('--state=/dev/null/x')
  expect(exitCode).toBe(7)
  expect(stderr).toContain('/dev/null/x/apps: a part of the path is no folder (ENOTDIR).')
  expect(stderr).not.toMatch(/\n\s+at /)
})
