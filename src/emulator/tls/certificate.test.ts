import { X509Certificate, createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer } from 'node:tls'
import { expect, test } from 'vitest'
import { makeCertificate } from './certificate.ts'
import * as der from './der.ts'

test('names localhost and 127.0.0.1, is its own authority, and belongs to its key', () => {
  const now = new Date('2026-05-06T07:08:09Z')
  const { certificatePem, keyPem } = makeCertificate(now)
  const certificate = new X509Certificate(certificatePem)
  expect(certificate.checkHost('localhost')).toBe('localhost')
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1')
  expect(certificate.checkHost('example.com')).toBeUndefined()
  expect(certificate.ca).toBe(true)
  expect(certificate.verify(certificate.publicKey)).toBe(true)
  expect(certificate.checkPrivateKey(createPrivateKey(keyPem))).toBe(true)
  expect(Date.parse(certificate.validFrom)).toBe(now.getTime() - 24 * 3600 * 1000)
  expect(Date.parse(certificate.validTo)).toBeGreaterThan(now.getTime())
})

test('every certificate is another one, also past the year 2050', () => {
  const certificates = [1, 2, 3].map(
    () => new X509Certificate(makeCertificate(new Date('2051-01-01T00:00:00Z')).certificatePem),
  )
  expect(new Set(certificates.map(({ serialNumber }) => serialNumber)).size).toBe(3)
  expect(certificates[0]?.validFrom).toMatch(/2050/)
})

test('a client that trusts it and nothing else gets a connection; one that does not, gets none', async () => {
  const { certificatePem, keyPem } = makeCertificate()
  const server = createServer({ cert: certificatePem, key: keyPem }, (socket) => socket.end('hello'))
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    const trusting = connect({ port, host: '127.0.0.1', ca: certificatePem })
    await once(trusting, 'secureConnect')
    expect(trusting.authorized).toBe(true)
    trusting.destroy()
    const [error] = (await once(connect({ port, host: '127.0.0.1' }), 'error')) as [NodeJS.ErrnoException]
    expect(error.code).toMatch(/SELF_SIGNED/)
  } finally {
    server.close()
  }
})

test('lengths and identifiers as X.690 writes them', () => {
  expect(der.octets(Buffer.alloc(127)).subarray(0, 2).toString('hex')).toBe('047f')
  expect(der.octets(Buffer.alloc(200)).subarray(0, 3).toString('hex')).toBe('0481c8')
  expect(der.octets(Buffer.alloc(300)).subarray(0, 4).toString('hex')).toBe('0482012c')
  expect(der.identifier('1.2.840.113549').toString('hex')).toBe('06062a864886f70d')
  expect(der.integer(Buffer.from([0xff])).toString('hex')).toBe('020200ff')
})
