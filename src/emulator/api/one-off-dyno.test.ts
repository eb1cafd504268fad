import { expect, test } from 'vitest'
import type { App, Release } from '../model.ts'
import { commandOf } from './one-off-dyno.ts'

const app = { slugs: [{ id: 's', processTypes: { worker: 'node worker.js' } }] } as unknown as App
const release = { slugId: 's' } as Release
const suffix = ' ; echo "\uFFFF heroku-command-exit-status: $?"'

test.each([
  ['echo worker', 'echo worker'],
  ['worker', 'node worker.js'],
  ['worker --once', 'node worker.js --once'],
  [`exit 3${suffix}`, `(exit 3\n)${suffix}`],
  [`worker${suffix}`, `(node worker.js\n)${suffix}`],
  ['toString', 'toString'],
])('%j runs %j', (given, command) => {
  expect(commandOf(app, release, given)).toBe(command)
})
