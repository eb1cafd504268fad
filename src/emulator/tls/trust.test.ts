import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { trustEnvironment } from './trust.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'trust-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const trust = (from: NodeJS.ProcessEnv) =>
  trustEnvironment(directory, 'ours\n', 'https://127.0.0.1:5000', from)

test('Node trusts it, and git for its address only', async () => {
  const environment = await trust({})
  expect(readFileSync(environment['NODE_EXTRA_CA_CERTS'] ?? '', 'utf8')).toBe('ours\n')
  expect(environment['GIT_CONFIG_KEY_0']).toBe('http.https://127.0.0.1:5000/.sslCAInfo')
  expect(readFileSync(environment['GIT_CONFIG_VALUE_0'] ?? '', 'utf8')).toBe('ours\n')
  expect(environment).not.toHaveProperty('GIT_SSL_CAINFO')
})

test('what the user trusts already stays trusted; a list that cannot be read is passed over', async () => {
  const theirs = path.join(directory, 'theirs.pem')
  writeFileSync(theirs, 'theirs\n')
  const environment = await trust({ NODE_EXTRA_CA_CERTS: theirs, GIT_SSL_CAINFO: theirs })
  expect(readFileSync(environment['NODE_EXTRA_CA_CERTS'] ?? '', 'utf8')).toBe('ours\ntheirs\n')
  expect(readFileSync(environment['GIT_SSL_CAINFO'] ?? '', 'utf8')).toBe('ours\ntheirs\n')
  const nowhere = await trust({ NODE_EXTRA_CA_CERTS: path.join(directory, 'nowhere.pem') })
  expect(readFileSync(nowhere['NODE_EXTRA_CA_CERTS'] ?? '', 'utf8')).toBe('ours\n')
})
