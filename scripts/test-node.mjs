/**
 * Runs the quick part of the tests (those beside their sources) on other versions of Node: `npm run test:node`, or with
 * the versions as arguments. The binaries come from npm, into a cache outside the project's dependencies.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const cache = join(root, '.cache', 'node')
const versions = process.argv.length > 2 ? process.argv.slice(2) : ['22', '24', '26']

const failed = versions.filter((version) => !passes(findNode(version)))
if (failed.length > 0) {
  process.stderr.write(`The tests fail on Node ${failed.join(', ')}.\n`)
  process.exitCode = 1
}

/** The path of a Node binary of that major version; installs it when the cache does not hold it. */
function findNode(version) {
  const { platform, arch } = process
  const name = `node-${platform === 'win32' ? 'win' : platform}-${arch}`
  const directory = join(cache, version)
  const node = join(directory, 'node_modules', name, 'bin', platform === 'win32' ? 'node.exe' : 'node')
  if (!existsSync(node)) {
    mkdirSync(directory, { recursive: true })
    const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
    execFileSync('npm', ['install', ...options, '--prefix', directory, `${name}@${version}`], {
      stdio: 'inherit',
    })
  }
  return node
}

function passes(node) {
  process.stdout.write(`\nNode ${execFileSync(node, ['--version'], { encoding: 'utf8' })}`)
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const { status } = spawnSync(node, [vitest, 'run', 'src/'], { cwd: root, stdio: 'inherit' })
  return status === 0
}
