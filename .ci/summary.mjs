/**
 * Prints what the demo's stories, the tests and the other checks came to, with what each failed test said, and ends with 1 when
 * anything failed: `node summary.mjs RESULTS`, a folder with demo.json, a JSON file for each run of tests, and a line 'passed ...' or
 * 'failed ...' for each check in the file checks.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const [folder] = process.argv.slice(2)
const checks = readText('checks').split('\n').filter(Boolean)
const runs = ['test.json', 'test:frameworks.json'].map(readJson)
const { stories = [] } = readJson('demo.json')

for (const { name, exitCode, requests, writes, problems } of stories) {
  const verdict = problems.length === 0 ? 'as expected' : problems.join(' ')
  print(
    `demo: ${name}: exit ${exitCode}, ${requests.failed} requests failed, ${writes.lost} writes lost: ${verdict}`,
  )
}
const failedChecks = checks.filter((line) => line.startsWith('failed'))
for (const line of failedChecks) print(line)
for (const { name, assertionResults = [], message } of runs.flatMap(({ testResults = [] }) => testResults)) {
  const failed = assertionResults.filter(({ status }) => status === 'failed')
  for (const { fullName, failureMessages } of failed) {
    print(`failed ${name}: ${fullName}\n${failureMessages.join('\n')}`)
  }
  if (failed.length === 0 && message) print(`failed ${name}: ${message}`)
}

const good = stories.filter(({ problems }) => problems.length === 0).length
const sum = (count) => runs.map(count).reduce((total, each) => total + each, 0)
const passed = sum(({ numPassedTests = 0 }) => numPassedTests) + good + checks.length - failedChecks.length
// A run of tests that failed is a failed check beside its failed tests: so is an error outside of every test.
const failures = sum(failuresOf) + stories.length - good + failedChecks.length
print(`${passed} passed, ${failures} failed`)
if (failures > 0 || stories.length === 0) process.exitCode = 1

/** A file of tests that could not be loaded counts as one that failed: it holds no test that could. */
function failuresOf({ numFailedTests = 1, testResults = [] }) {
  const unloaded = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((each) => each.status !== 'failed'),
  )
  return numFailedTests + unloaded.length
}

function readText(file) {
  try {
    return readFileSync(join(folder, file), 'utf8')
  } catch {
    return ''
  }
}

function readJson(file) {
  try {
    return JSON.parse(readText(file))
  } catch {
    return {}
  }
}

function print(line) {
  process.stdout.write(`${line}\n`)
}
