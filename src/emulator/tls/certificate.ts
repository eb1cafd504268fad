import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import * as der from './der.ts'

export interface Certificate {
  readonly certificatePem: string
  readonly keyPem: string
}

const ecdsaWithSha256 = der.sequence(der.identifier('1.2.840.10045.4.3.2'))
const day = 24 * 3600 * 1000
const lifetimeDays = 825

/**
 * A new key and a certificate that it signs itself, for localhost and 127.0.0.1: whoever trusts this one certificate trusts
 * this one server. Valid from a day ago, for clocks that differ, for about two years.
 */
export function makeCertificate(now = new Date()): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const content = contentToSign(publicKey, now)
  const signature = sign('sha256', content, privateKey)
  const certificate = der.sequence(content, ecdsaWithSha256, der.bits(signature))
  return {
    certificatePem: pem('CERTIFICATE', certificate),
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function contentToSign(publicKey: KeyObject, now: Date): Buffer {
  const name = commonName('Lockkeeper emulator')
  const validity = der.sequence(
    der.time(new Date(now.getTime() - day)),
    der.time(new Date(now.getTime() + lifetimeDays * day)),
  )
  return der.sequence(
    der.tagged(0, der.integer(Buffer.from([2]))), // X.509 version 3
    der.integer(serialNumber()),
    ecdsaWithSha256,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der.tagged(3, extensions()),
  )
}

/** Positive, without leading zero bytes, and new for each certificate: clients remember issuer and number. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes
}

function commonName(text: string): Buffer {
  return der.sequence(der.set(der.sequence(der.identifier('2.5.4.3'), der.text(text))))
}

function extensions(): Buffer {
  const extension = (identifier: string, critical: boolean, content: Buffer) =>
    der.sequence(der.identifier(identifier), ...(critical ? [der.truth()] : []), der.octets(content))
  // digitalSignature and keyCertSign: the certificate is its own authority.
  const keyUsage = der.bits(Buffer.from([0b1000_0100]), 2)
  const names = der.sequence(
    der.taggedBytes(2, Buffer.from('localhost')),
    der.taggedBytes(7, Buffer.from([127, 0, 0, 1])),
  )
  return der.sequence(
    extension('2.5.29.19', true, der.sequence(der.truth())), // basic constraints: an authority
    extension('2.5.29.15', true, keyUsage),
    extension('2.5.29.37', false, der.sequence(der.identifier('1.3.6.1.5.5.7.3.1'))), // server
    extension('2.5.29.17', false, names),
  )
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
