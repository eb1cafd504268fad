import { UsageError } from '../src/errors.ts'

/** Bytes that are read at most: what comes through a pipe may have no end. */
const most = 64 * 1024 * 1024

/** All of standard input. UsageError when it is a terminal, where nobody would notice that it is waited for, or has no end. */
export async function readStandardInput(): Promise<Uint8Array> {
  if (process.stdin.isTTY)
    throw new UsageError('Standard input is a terminal: pipe SQL into lockkeeper check -')
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (size > most) throw new UsageError('Standard input has more than 64 MB: that is no migration.')
  }
  return Buffer.concat(chunks)
}
