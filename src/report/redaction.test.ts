import { describe, expect, test } from 'vitest'
import { createRedactor, type Redactor } from './redaction.ts'

const secret = 'S3cr?t/pa ss+wörd=&"quoted"\\it\'s\\end'

function knowing(...secrets: string[]): Redactor {
  const redactor = createRedactor()
  for (const value of secrets) redactor.add(value)
  return redactor
}

/** Every way to cut a text in two, and one that gives each character alone. */
function* cuts(text: string): Generator<string[]> {
  for (let at = 0; at <= text.length; at++) yield [text.slice(0, at), text.slice(at)]
  yield [...text]
}

function streamed(redactor: Redactor, pieces: readonly string[]): string {
  let result = ''
  const stream = redactor.stream((text) => (result += text))
  for (const piece of pieces) stream.write(piece)
  stream.end()
  return result
}

describe('a registered secret', () => {
  test.each([
    ['as it is', secret],
    ['in a URL', encodeURIComponent(secret)],
    ['in a URL with small letters', encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase())],
    ['in a form', encodeURIComponent(secret).replaceAll('%20', '+')],
    ['in JSON', JSON.stringify({ secret }).slice('{"secret":"'.length, -2)],
    ['in JSON in JSON', JSON.stringify(JSON.stringify(secret)).slice(3, -3)],
    ['in SQL', secret.replaceAll("'", "''")],
    ['in Base64', Buffer.from(secret).toString('base64')],
    ['in Base64 for URLs', Buffer.from(secret).toString('base64url')],
  ])('%s is replaced', (_name, form) => {
    const text = knowing(secret).text(`before ${form} after`)
    expect(text).toMatch(/^before \[redacted\]=* after$/)
  })

  test.each(['', ':', 'lockkeeper:', 'heroku:', 'ab'])(
    'as the end of "%s..." in Base64 is replaced',
    (user) => {
      const text = knowing('abcdefgh12345678').text(Buffer.from(`${user}abcdefgh12345678`).toString('base64'))
      expect(text).toContain('[redacted]')
      expect(text.replace('[redacted]', '').length).toBeLessThan(20)
    },
  )

  test('is replaced each time, and with its neighbours', () => {
    expect(knowing('abcdefgh').text('abcdefghabcdefgh x abcdefgh')).toBe('[redacted][redacted] x [redacted]')
  })

  test('leaves nothing of itself when it overlaps another', () => {
    expect(knowing('abcdefghij', 'ghijklmnop').text('<abcdefghijklmnop>')).toBe('<[redacted]>')
    expect(knowing('abcdefgh', 'abcdefgh-and-more').text('<abcdefgh-and-more>')).toBe('<[redacted]>')
  })

  test('may hold what regular expressions hold dear', () => {
    expect(knowing('a.*b+c?(d)[e]$').text('x a.*b+c?(d)[e]$ y')).toBe('x [redacted] y')
  })

  test('of many lines is replaced whole and line by line', () => {
    const key = '-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nBAQEFAASCBKcwggSjAgEAAo\n-----END KEY-----'
    const redactor = knowing(key)
    expect(redactor.text(`<${key}>`)).toBe('<[redacted]>')
    expect(redactor.text(`<${key.replaceAll('\n', '\r\n')}>`)).toBe('<[redacted]>')
    expect(redactor.text(`<${JSON.stringify(key)}>`)).toBe('<"[redacted]">')
    const remote = redactor.text(key.replaceAll('\n', '\nremote: '))
    expect(remote).not.toMatch(/MIIE|BAQEF/)
  })

  test('with an odd half of a character is no trouble', () => {
    expect(knowing('abcdefgh\ud800').text('abcdefgh\ud800')).toBe('[redacted]')
  })
})

describe('a connection string', () => {
  const url = 'postgres://owner:p%40ssw%C3%B6rd-123@db.example.com:5432/name'

  test('is replaced whole, and its password alone', () => {
    const redactor = knowing(url)
    expect(redactor.text(`DATABASE_URL=${url}`)).toBe('DATABASE_URL=[redacted]')
    expect(redactor.text('password: p%40ssw%C3%B6rd-123')).toBe('password: [redacted]')
    expect(redactor.text('password: p@sswörd-123')).toBe('password: [redacted]')
    expect(redactor.text(url.replace('postgres:', 'postgresql:') + '?sslmode=require')).not.toContain('ssw')
  })

  test('leaves the host and the user in messages', () => {
    const message = 'could not connect to db.example.com as owner'
    expect(knowing(url).text(message)).toBe(message)
  })
})

describe('what is no secret', () => {
  test.each([
    'true',
    'production',
    '1234567890123',
    '0.5',
    'https://example.com/',
    'redis://localhost:6379/0',
    'short',
    '',
    '        ',
    'Production',
  ])('"%s" is left', (value) => {
    expect(knowing(value).text(`x ${value} y`)).toBe(`x ${value} y`)
  })

  test('a value that is public stays, whenever that is said', () => {
    const redactor = knowing('my-own-application', 'another-secret')
    redactor.keep('my-own-application')
    redactor.add('my-own-application')
    expect(redactor.text('my-own-application another-secret')).toBe('my-own-application [redacted]')
  })

  test('an address with a password or an unguessable path is one', () => {
    const hook = 'https://hooks.example.com/services/T0000/abcdefghijklmnopqrstu'
    expect(knowing(hook).text(`posting to ${hook}`)).toBe('posting to [redacted]')
    expect(knowing('https://a:b@example.com').text('https://a:b@example.com')).toBe('[redacted]')
  })
})

describe('what looks like a credential', () => {
  test.each([
    ['postgres://u:pw@host/db', 'postgres://[redacted]host/db'],
    ['POSTGRESQL://u:p/w@d@host/db', 'POSTGRESQL://[redacted]host/db'],
    [
      '"a postgres://u:p@h/d","b postgres://u:q@h/d"',
      '"a postgres://[redacted]h/d","b postgres://[redacted]h/d"',
    ],
    ['redis://:pw@host', 'redis://[redacted]host'],
    ['https://user:pw@host/path', 'https://[redacted]host/path'],
    ['Authorization: Bearer abc.def', 'Authorization: [redacted]'],
    ['authorization: Basic YTpi\r\nHost: x', 'authorization: [redacted]\r\nHost: x'],
    ['{"authorization":"Bearer abc","host":"x"}', '{"authorization":"[redacted]","host":"x"}'],
    ["-H 'Authorization: Bearer abc' -X GET", "-H 'Authorization: [redacted]' -X GET"],
    ["check (password <> 'hidden-1')", 'check (password <> [redacted])'],
    ["where key = 'sk_live_4242424242424242'", "where key = '[redacted]'"],
    ['PGPASSWORD=x psql', 'PGPASSWORD=[redacted] psql'],
    ['DB_PASSWORD: x', 'DB_PASSWORD: [redacted]'],
    ['password = x and more', 'password = [redacted] and more'],
    ['SG.abcdefghijklmnop.qrstuvwxyz-12345', '[redacted]'],
    ['postgres://u:p"w@h/d', 'postgres://[redacted]h/d'],
    ['redis://u:p w x@h/d', 'redis://[redacted]h/d'],
    [
      '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nx',
      '-----BEGIN RSA PRIVATE KEY-----[redacted]-----END RSA PRIVATE KEY-----\nx',
    ],
    ['-----BEGIN PRIVATE KEY-----\nMIIE', '-----BEGIN PRIVATE KEY-----[redacted]'],
    ['AKIAIOSFODNN7EXAMPLE,ghp_abcdefghijklmnop', '[redacted],[redacted]'],
  ])('%s becomes %s', (text, expected) => {
    expect(createRedactor().text(text)).toBe(expected)
  })

  test.each([
    'https://host:5432/path',
    'https://host/@scope/package',
    'http://127.0.0.1:4873/@scope/package',
    'mail to someone@example.com: now',
    'the authorization failed',
    'alter table users add column password text not null',
    'update users set password = crypt(old.password, $1), password_hash = null where password::text = $2',
    'on a.password = b.password; -- password = null, password: whether it is long',
    'http://localhost:3000 and mail someone@example.com',
    'see https://example.com/?a=b:c@d',
    'postgres://host/db',
    'disk_live_abcdefghijklmnop, npm_config_, task-proj-abcdefghijklmnop',
  ])('%s does not', (text) => {
    expect(createRedactor().text(text)).toBe(text)
  })
})

describe('a stream', () => {
  const url = 'postgres://u:hidden-word-1@host/db'
  const key = '-----BEGIN PRIVATE KEY-----\nhidden\nhidden\n-----END PRIVATE KEY-----'
  const text = `${key}\nSG.hidden-word-4444.hidden-word-5555 redis://u:hid den"6@h\nDB_PASSWORD: hidden-7\nstart ${secret} then ${url}\nAuthorization: Bearer hidden-word-2\nkey sk_live_hidden-word-3\nlast ${secret}`

  test('lets no secret through, wherever it is cut', () => {
    const redactor = knowing(secret)
    for (const pieces of cuts(text)) {
      const result = streamed(redactor, pieces)
      expect(result).not.toMatch(/S3cr|quoted|hid/)
      expect(result).toMatch(
        /^-----BEGIN PRIVATE KEY-----\[redacted\]-----END.*\n\[redacted\] redis:\/\/\[redacted\]h\nDB_PASSWORD: \[redacted\]\nstart .*host\/db\nAuthorization: \[redacted\]\nkey \[redacted\]\nlast \[redacted\]$/,
      )
    }
  })

  test('gives what the whole text gives, wherever it is cut', () => {
    const redactor = knowing('abcdefghij', 'ghijklmnop', 'abcdefghijklmnopqrst')
    const many = 'x abcdefghijklmnop abcdefghij abcdefghijklmnopqrst ghijk abcd'
    for (const pieces of cuts(many)) expect(streamed(redactor, pieces)).toBe(redactor.text(many))
  })

  test('writes a line as soon as it is there', () => {
    const seen: string[] = []
    const stream = knowing(secret).stream((piece) => seen.push(piece))
    stream.write('-----> Building\n')
    expect(seen.join('')).toBe('-----> Building\n')
    stream.write('half a line without an end, ')
    expect(seen.join('')).toBe('-----> Building\nhalf a line without an end, ')
    stream.write('proceed? [y/n] ')
    expect(seen.join('')).toContain('[y/n] ')
  })

  test('holds back no more than the beginning of a secret', () => {
    let seen = ''
    const stream = knowing('abcdefgh').stream((piece) => (seen += piece))
    stream.write('see abc')
    expect(seen).toBe('see ')
    stream.write('x')
    expect(seen).toBe('see abcx')
  })

  test('does not wait for ever for the end of an address', () => {
    let seen = ''
    const stream = createRedactor().stream((piece) => (seen += piece))
    stream.write(`https://example.com/${'a'.repeat(20_000)}`)
    expect(seen.length).toBeGreaterThan(10_000)
  })

  test('does not give away a secret that the end cuts off', () => {
    expect(streamed(knowing('abcdefghijklmnop'), ['see abcdefghijklm'])).toBe('see [redacted]')
    expect(streamed(knowing('abcdefghijklmnop'), ['see abc'])).toBe('see abc')
  })

  test('learns a secret while it runs', () => {
    const redactor = createRedactor()
    let seen = ''
    const stream = redactor.stream((piece) => (seen += piece))
    stream.write('a ')
    redactor.add('learned-late')
    stream.write('learned-late\n')
    expect(seen).toBe('a [redacted]\n')
  })

  test('is quick with many secrets and much text', () => {
    const redactor = createRedactor()
    for (let index = 0; index < 100; index++)
      redactor.add(`secret-number-${String(index)}-${'x'.repeat(200)}`)
    const stream = redactor.stream(() => undefined)
    const start = performance.now()
    for (let index = 0; index < 1000; index++)
      stream.write(`-----> Line ${String(index)} of a long build log\n`)
    stream.end()
    expect(performance.now() - start).toBeLessThan(10_000)
  })
})
