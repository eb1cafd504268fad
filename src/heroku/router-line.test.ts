import { expect, test } from 'vitest'
import { parseRouterLine } from './router-line.ts'

const at = '2026-01-01T10:20:30.123456+00:00'

test('reads an error with all that the router says', () => {
  const line =
    `${at} heroku[router]: at=error code=H12 desc="Request timeout" method=GET path="/items?a=b" ` +
    'host=x.example request_id=1 fwd="10.0.0.1" dyno=web.1 connect=1ms service=30000ms status=503 bytes=0 protocol=https'
  expect(parseRouterLine(line)).toEqual({
    at: new Date('2026-01-01T10:20:30.123Z'),
    code: 'H12',
    status: 503,
    method: 'GET',
    path: '/items?a=b',
    dyno: 'web.1',
    description: 'Request timeout',
  })
})

test('leaves out what the line leaves empty', () => {
  const line = `${at} heroku[router]: at=error code=H14 desc="No web dynos running" dyno= connect= service= status=503`
  expect(parseRouterLine(line)).toMatchObject({ code: 'H14', dyno: undefined, path: '' })
})

test('a served request has no code, whatever its path says', () => {
  const line = `${at} heroku[router]: at=info method=GET path="/?q=code=H10 status=503" dyno=web.2 status=200`
  expect(parseRouterLine(line)).toMatchObject({
    code: undefined,
    status: 200,
    path: '/?q=code=H10 status=503',
  })
})

test.each([
  `${at} app[web.1]: at=error code=H10`,
  `${at} app[web.1]: heroku[router]: at=error code=H10`,
  'nonsense heroku[router]: at=error code=H10',
  '',
])('is no line of the router: %s', (line) => {
  expect(parseRouterLine(line)).toBeUndefined()
})
