import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { cachedDataVersionTag } from 'node:v8'
import { Script } from 'node:vm'
import { crc32 } from 'node:zlib'
import { systemCode } from '../src/errors.ts'

/**
 * Keeps the compiled code of the command line from run to run, as newer versions of Node do by themselves: much of the time of a small
 * check goes into compiling. It lies in the user's own cache folder; what cannot be kept there is compiled as ever.
 */
export function keepCompiledCode(environment: NodeJS.ProcessEnv = process.env): void {
  if (environment['NODE_DISABLE_COMPILE_CACHE'] === '1') return
  const caches = environment['XDG_CACHE_HOME'] || homeCaches()
  if (caches === undefined) return
  const folder = join(caches, 'lockkeeper', 'compiled')
  const isUsable = isPrivate(folder)
  const compiled: Compiled[] = []
  const { extensions } = createRequire(import.meta.url)
  const load = extensions['.js']
  extensions['.cjs'] = (module, file) => {
    if (!namedByContent.test(file)) {
      load(module, file)
      return
    }
    const version = codeVersion()
    // Compiled code knows the place of its source, as stack traces tell it.
    const place = join(folder, `${basename(file)}-${crc32(file)}-${version}`)
    const known = isUsable ? readWhole(place) : undefined
    const script = compile(file, known)
    if (known === undefined || script.cachedDataRejected === true) compiled.push({ place, script, version })
    run(script, module, file)
  }
  process.once('exit', () => keep(compiled, folder))
}

/** Undefined for a user without a home, as containers have them. */
function homeCaches(): string | undefined {
  try {
    return join(homedir(), '.cache')
  } catch {
    return undefined
  }
}

/** The name of a module has a hash of its content: compiled code of another content is never taken for its own. */
const namedByContent = /-[\w-]{8}\.cjs$/

interface Compiled {
  readonly place: string
  readonly script: Script
  readonly version: string
}

/** What compiled code depends on beside its source: the engine, its settings, and the processor. */
function codeVersion(): string {
  return `${process.arch}-${cachedDataVersionTag()}`
}

function compile(file: string, known: Buffer | undefined): Script {
  const source = readFileSync(file, 'utf8')
  return new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
    filename: file,
    ...(known === undefined ? {} : { cachedData: known }),
  })
}

function run(script: Script, module: NodeJS.Module, file: string): void {
  const start = script.runInThisContext() as (...given: unknown[]) => void
  start.call(module.exports, module.exports, createRequire(file), module, file, dirname(file))
}

/** Whether nobody else can write into the folder: what lies in it is run. */
function isPrivate(folder: string): boolean {
  try {
    const { uid, mode } = statSync(folder)
    return process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0)
  } catch {
    return false
  }
}

const checksumLength = 4 // bytes

/** What was kept, when it is still as it was written. */
function readWhole(place: string): Buffer | undefined {
  try {
    const bytes = readFileSync(place)
    const code = bytes.subarray(0, -checksumLength)
    return bytes.readUInt32LE(code.length) === crc32(code) ? code : undefined
  } catch {
    return undefined
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
  }
}

/** Each file appears at once and whole, so that runs side by side do not disturb each other. */
function keep(compiled: readonly Compiled[], folder: string): void {
  // Of code that was compiled under other settings the engine would take nothing.
  const current = compiled.filter(({ version }) => version === codeVersion())
  if (current.length === 0) return
  try {
    // A home that is not there is nobody's to make, and in /proc Node would try for ever to make the folders above.
    for (const part of [dirname(dirname(folder)), dirname(folder), folder]) makeFolder(part)
    if (!isPrivate(folder)) return
    removeOld(folder)
    for (const { place, script } of current) {
      const code = script.createCachedData()
      const checksum = Buffer.alloc(checksumLength)
      checksum.writeUInt32LE(crc32(code))
      const unfinished = `${place}.${process.pid}`
      writeFileSync(unfinished, Buffer.concat([code, checksum]), { mode: 0o600 })
      renameSync(unfinished, place)
    }
  } catch {
    // A full disk, a folder that cannot be written: the next run compiles as this one did.
  }
}

/** Compiled code that nobody needed anew for so long belongs to a version that is gone. */
const longestKept = 30 * 86_400_000 // milliseconds

function removeOld(folder: string): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name)
    // Another run may have given it its last name meanwhile.
    const found = statSync(file, { throwIfNoEntry: false })
    if (found !== undefined && Date.now() - found.mtimeMs > longestKept) rmSync(file, { force: true })
  }
}
