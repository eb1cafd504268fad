import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'

const firstLine = '-- lockkeeper emulator dump, plain SQL, format 1'

/** What a dump says of itself in its first lines. */
export interface DumpHeader {
  /** The role that owned the database; grants in the dump name it. */
  readonly owner: string
}

export function dumpHeader(header: DumpHeader): string {
  return `${firstLine}\n-- owner ${header.owner}\n`
}

/**
 * Reads a dump to its end before anything is touched: throws when it is no dump of this emulator, or not whole, or changed.
 * The last line holds the SHA-256 of all bytes before it.
 */
export async function verifyDump(file: string): Promise<DumpHeader> {
  const { size, header, trailer, trailerStart } = await readEnds(file)
  const [first, owner] = header.split('\n')
  const match = /^-- owner (\w+)$/.exec(owner ?? '')
  if (size === 0 || first !== firstLine || match?.[1] === undefined)
    throw new Error('The file is no dump of this emulator.')
  const claimed = /^-- sha256 ([0-9a-f]{64})\n$/.exec(trailer)?.[1]
  if (claimed === undefined) throw new Error('The dump is not complete.')
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file, { end: trailerStart - 1 })) hash.update(chunk as Buffer)
  if (hash.digest('hex') !== claimed) throw new Error('The dump is damaged: its checksum differs.')
  return { owner: match[1] }
}

const trailerLength = '-- sha256 '.length + 64 + 1

async function readEnds(
  file: string,
): Promise<{ size: number; header: string; trailer: string; trailerStart: number }> {
  const handle = await open(file)
  try {
    const { size } = await handle.stat()
    const trailerStart = Math.max(size - trailerLength, 0)
    const start = Buffer.alloc(512)
    const end = Buffer.alloc(trailerLength)
    const { bytesRead } = await handle.read(start, 0, start.length, 0)
    const tail = await handle.read(end, 0, end.length, trailerStart)
    return {
      size,
      header: start.toString('utf8', 0, bytesRead),
      trailer: end.toString('latin1', 0, tail.bytesRead),
      trailerStart,
    }
  } finally {
    await handle.close()
  }
}
