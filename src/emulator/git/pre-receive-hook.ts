/**
 * What git runs before it accepts a push. It hands the ref updates to the emulator over loopback, prints what comes back
 * and ends as the emulator says; without a verdict the push is refused. Plain JavaScript, because git starts it with the
 * Node that runs the emulator, whether from source or compiled.
 */
const program = `
import { request } from 'node:http'
import { text } from 'node:stream/consumers'

const { EMULATOR_HOOK_URL, EMULATOR_HOOK_SECRET, EMULATOR_HOOK_APP } = process.env
const environment = {}
for (const name of ['GIT_QUARANTINE_PATH', 'GIT_OBJECT_DIRECTORY', 'GIT_ALTERNATE_OBJECT_DIRECTORIES']) {
  if (process.env[name] !== undefined) environment[name] = process.env[name]
}
const lines = (await text(process.stdin)).trim().split('\\n')
const updates = lines.map((line) => line.split(' ')).map(([before, after, ref]) => ({ before, after, ref }))

let accepted = false
let rest = ''
const call = request(EMULATOR_HOOK_URL, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json', 'X-Hook-Secret': EMULATOR_HOOK_SECRET },
})
call.on('error', refuse)
call.on('response', (response) => {
  response.setEncoding('utf8')
  response.on('data', (chunk) => {
    const parts = (rest + chunk).split('\\n')
    rest = parts.pop()
    for (const part of parts) handle(JSON.parse(part))
  })
  response.on('error', refuse)
  response.on('close', () => { process.exitCode = accepted ? 0 : 1 })
})
call.end(JSON.stringify({ app: EMULATOR_HOOK_APP, updates, environment }))

function handle(message) {
  if (message.text !== undefined) process.stdout.write(message.text)
  if (message.accepted === true) accepted = true
}

function refuse() {
  process.stdout.write(' !     The platform went away during the push.\\n')
  process.exitCode = 1
}
`

export const preReceiveHook = {
  program,
  programName: 'pre-receive.mjs',
  shell: '#!/bin/sh\nexec "$EMULATOR_HOOK_NODE" "$(dirname "$0")/pre-receive.mjs"\n',
} as const
