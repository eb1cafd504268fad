import { expect, test } from 'vitest'
import { connectionProblem } from './lost-connection.ts'

const failure = (message: string, code?: string) =>
  Object.assign(new Error(message), code === undefined ? {} : { code })

test.each([
  [
    'the server goes',
    failure('terminating connection due to administrator command', '57P01'),
    'went away while asking',
  ],
  ['the socket ends', failure('Connection terminated unexpectedly'), 'went away while asking'],
  ['the network breaks', failure('read ECONNRESET', 'ECONNRESET'), 'went away while asking'],
  [
    'a pooler takes no transactions',
    failure('transaction blocks not allowed in statement pooling mode', '08P01'),
    'A pooler that stands before the database takes no transactions.',
  ],
])('%s: one clear message', (_, error, message) => {
  expect(connectionProblem(error, 'asking')).toMatchObject({
    exitCode: 7,
    message: expect.stringContaining(message) as string,
  })
})

test('any other error is somebody else to explain', () => {
  expect(connectionProblem(failure('relation "t" does not exist', '42P01'), 'asking')).toBeUndefined()
  expect(connectionProblem('no error', 'asking')).toBeUndefined()
})
