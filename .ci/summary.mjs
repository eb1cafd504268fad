/**
 * Prints what the demo's stories and the tests came to, and ends with 1 when anything failed: `node summary.mjs tests.json
 * demo.json 0`, with 1 as the last argument when a check before them failed.
 */
import { readFileSync } from 'node:fs'

const [testsFile, demoFile, otherFailed] = process.argv.slice(2)
const tests = readJson(testsFile)
const { stories = [], passed = false } = readJson(demoFile)

for (const { name, exitCode, requests, writes, problems } of stories) {
  const verdict = problems.length === 0 ? 'as expected' : problems.join(' ')
  print(
    `demo: ${name}: exit ${exitCode}, ${requests.failed} requests failed, ${writes.lost} writes lost: ${verdict}`,
  )
}
print(`demo: ${passed ? 'passed' : 'FAILED'}`)
// A file of tests that could not be loaded counts as one that failed: it holds no test that could.
const unloaded = (tests.testResults ?? []).filter(
  ({ status, assertionResults }) =>
    status === 'failed' && assertionResults.every((each) => each.status !== 'failed'),
)
const counted = (tests.numFailedTests ?? 1) + unloaded.length + (passed ? 0 : 1)
// Types, lint, format, or an error outside every test.
const failedTests = counted === 0 && otherFailed !== '0' ? 1 : counted
print(`${(tests.numPassedTests ?? 0) + (passed ? 1 : 0)} passed, ${failedTests} failed`)
if (failedTests > 0) process.exitCode = 1

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return {}
  }
}

function print(line) {
  process.stdout.write(`${line}\n`)
}
