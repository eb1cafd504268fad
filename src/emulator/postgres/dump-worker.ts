/**
 * The thread that runs pg_dump, which blocks while it waits for the server. It is text, because a worker cannot be started
 * from TypeScript on every supported Node, and plain JavaScript runs the same from the sources and from the build.
 *
 * It sends what libpq writes through `port` and sleeps until the parent has put the server's answer there. `turn` is the
 * lock that wakes it: one 32-bit number of shared memory.
 */
export const dumpWorkerScript = `
const { workerData, parentPort, receiveMessageOnPort } = require('node:worker_threads')
const { createHash } = require('node:crypto')
const { openSync, writeSync, fsyncSync, closeSync } = require('node:fs')
const { module, port, turn, args, file, header, restrictKey } = workerData

// The package removes every line that begins with \\\\restrict, those of a text value too: keep them, and remove ours below.
const { replace } = String.prototype
String.prototype.replace = function (pattern, by) {
  const strips = pattern instanceof RegExp && pattern.source.includes('restrict')
  return strips ? String(this) : replace.call(this, pattern, by)
}

const pg = {
  query: async () => ({ rows: [{ search_path: 'public' }] }),
  exec: async () => [],
  execProtocolRawStream(bytes, { onRawData }) {
    Atomics.store(turn, 0, 0)
    port.postMessage(bytes.slice())
    Atomics.wait(turn, 0, 0)
    const answer = receiveMessageOnPort(port)
    if (answer !== undefined && answer.message.length > 0) onRawData(answer.message)
  },
}

async function main() {
  const { pgDump } = require(module)
  const dumped = await pgDump({ pg, args })
  const hash = createHash('sha256')
  const target = openSync(file, 'w', 0o600)
  const write = (bytes) => {
    hash.update(bytes)
    for (let at = 0; at < bytes.length; ) at += writeSync(target, bytes, at)
  }
  write(Buffer.from(header))
  const mine = new Set(['\\\\restrict ' + restrictKey, '\\\\unrestrict ' + restrictKey].map((line) => '\\n' + line + '\\n'))
  let text = await dumped.text()
  for (const line of mine) text = text.split(line).join('\\n')
  const step = 1 << 20
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + step, text.length)
    // Never between the two halves of a character beyond the basic plane.
    if (end < text.length && text.charCodeAt(end) >= 0xdc00 && text.charCodeAt(end) < 0xe000) end++
    write(Buffer.from(text.slice(at, end)))
    at = end
  }
  writeSync(target, '-- sha256 ' + hash.digest('hex') + '\\n')
  fsyncSync(target)
  closeSync(target)
  parentPort.postMessage('done')
}

main()
`
