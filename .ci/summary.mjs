/**
 * Prints what the demo's stories and the tests came to, and ends with 1 when anything failed:
 * `node summary.mjs 0 demo.json tests.json ...`, with 1 as the first argument when a check before them failed.
 */
import { readFileSync } from 'node:fs'

const [otherFailed, demoFile, ...testFiles] = process.argv.slice(2)
const runs = testFiles.map(readJson)
const { stories = [], passed = false } = readJson(demoFile)

for (const { name, exitCode, requests, writes, problems } of stories) {
  const verdict = problems.length === 0 ? 'as expected' : problems.join(' ')
  print(
    `demo: ${name}: exit ${exitCode}, ${requests.failed} requests failed, ${writes.lost} writes lost: ${verdict}`,
  )
}
print(`demo: ${passed ? 'passed' : 'FAILED'}`)
const sum = (count) => runs.map(count).reduce((total, each) => total + each, 0)
const counted = sum(failuresOf) + (passed ? 0 : 1)
// Types, lint, format, the Heroku CLI, or an error outside every test.
const failures = counted === 0 && otherFailed !== '0' ? 1 : counted
print(`${sum(({ numPassedTests = 0 }) => numPassedTests) + (passed ? 1 : 0)} passed, ${failures} failed`)
if (failures > 0) process.exitCode = 1

/** A file of tests that could not be loaded counts as one that failed: it holds no test that could. */
function failuresOf({ numFailedTests = 1, testResults = [] }) {
  const unloaded = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((each) => each.status !== 'failed'),
  )
  return numFailedTests + unloaded.length
}

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
