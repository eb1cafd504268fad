/** The few forms of ASN.1 DER that a certificate is made of: a tag, the length of the contents, the contents. */

/** Any value: `tag` and the contents, one after another. */
export function value(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  return Buffer.concat([Buffer.from([tag]), lengthOf(content), content])
}

/** Up to 127 in one byte; above, the number of bytes with the high bit set, then the bytes. */
function lengthOf(content: Buffer): Buffer {
  if (content.length < 128) return Buffer.from([content.length])
  const hex = content.length.toString(16)
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes])
}

export const sequence = (...contents: readonly Uint8Array[]): Buffer => value(0x30, ...contents)
export const set = (...contents: readonly Uint8Array[]): Buffer => value(0x31, ...contents)
export const octets = (content: Uint8Array): Buffer => value(0x04, content)
export const text = (content: string): Buffer => value(0x0c, Buffer.from(content, 'utf8'))
export const truth = (): Buffer => value(0x01, Buffer.from([0xff]))

/** A whole number of any size, 0 or greater, as bytes with the highest first. */
export function integer(bytes: Uint8Array): Buffer {
  const first = bytes[0] ?? 0
  return value(0x02, ...(first & 0x80 ? [Buffer.from([0])] : []), bytes)
}

/** Bits, of which the last `unused` of the last byte do not count. */
export const bits = (content: Uint8Array, unused = 0): Buffer => value(0x03, Buffer.from([unused]), content)

/** An object identifier: '1.2.840.10045.4.3.2'. */
export function identifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return value(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

/** Seven bits to a byte, the highest first; every byte but the last has the high bit set. */
function base128(number: number): number[] {
  const digits = [number & 0x7f]
  for (let rest = number >>> 7; rest > 0; rest >>>= 7) digits.unshift(0x80 | (rest & 0x7f))
  return digits
}

/** A moment, to the second. Years from 2050 on have four digits. */
export function time(moment: Date): Buffer {
  const digits = moment.toISOString().replace(/\D/g, '').slice(0, 14)
  return moment.getUTCFullYear() < 2050
    ? value(0x17, Buffer.from(`${digits.slice(2)}Z`))
    : value(0x18, Buffer.from(`${digits}Z`))
}

/** A value of a tag that its place gives it: [0], [3], as a construction or as plain bytes. */
export const tagged = (number: number, content: Uint8Array): Buffer => value(0xa0 | number, content)
export const taggedBytes = (number: number, content: Uint8Array): Buffer => value(0x80 | number, content)
