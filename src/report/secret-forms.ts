/** Shorter values cannot be told from ordinary text. */
const shortestSecret = 8
/** A line of a secret of many lines (a key in PEM form) is shown alone by programs that print line by line. */
const shortestLine = 16

/** Words that config vars hold and that are no secrets, however long. */
const commonWords = new Set(
  (
    'production development staging testing disabled enabled required optional standard postgres postgresql ' +
    'localhost database username password undefined info,warn verbose warning critical us-east-1 us-west-1 ' +
    'us-west-2 eu-west-1 eu-central-1 application default internal external console development,test'
  ).split(' '),
)

/**
 * Every text that stands for a secret: itself, its password when it is an address, and how both look in a URL, in JSON and
 * in Base64. Empty for a value that is no secret.
 */
export function secretForms(value: string): string[] {
  const secrets = secretsIn(value)
  const forms = new Set<string>()
  for (const secret of secrets) {
    for (const form of encodings(secret)) if (form.length >= shortestSecret) forms.add(form)
  }
  return [...forms].sort((one, other) => other.length - one.length)
}

/** The value and the secrets inside it. */
function secretsIn(value: string): string[] {
  const trimmed = value.trim()
  if (!isSecret(trimmed)) return []
  const lines = trimmed.split(/\r\n|\n|\r|\\n/).filter((line) => line.length >= shortestLine)
  return [
    value,
    trimmed,
    ...(lines.length > 1 ? lines.filter((line) => !line.startsWith('-----')) : []),
    ...passwords(trimmed),
  ]
}

function isSecret(value: string): boolean {
  if (value.length < shortestSecret) return false
  if (/^[-+\d.,:%\s]+$/.test(value)) return false
  if (commonWords.has(value.toLowerCase())) return false
  return !isPlainAddress(value)
}

/** An address without anything in it that opens a door. */
function isPlainAddress(value: string): boolean {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(value) || !URL.canParse(value)) return false
  const { username, password, pathname, search, hash } = new URL(value)
  // The long unguessable path of a web hook is a secret; so is a query.
  return username === '' && password === '' && search === '' && hash === '' && !/[^/]{16,}/.test(pathname)
}

/** The password, and the user when it has none (a token as user), as written and as meant. */
function passwords(value: string): string[] {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(value) || !URL.canParse(value)) return []
  const { username, password } = new URL(value)
  const secret = password || username
  return secret === '' ? [] : [secret, decode(secret)].filter((text) => text.length >= shortestSecret)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function encodings(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1)
  const percent = percentEncode(secret)
  return [
    secret,
    json,
    JSON.stringify(json).slice(1, -1),
    percent,
    percent.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    percent.replaceAll('%20', '+'),
    wellFormed(encodeURI, secret),
    secret.replace(/\r?\n/g, '\r\n'),
    // As SQL writes it.
    secret.replaceAll("'", "''"),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    Buffer.from(secret).toString('base64url'),
    ...[0, 1, 2].flatMap((shift) => base64Core(secret, shift)),
  ]
}

function percentEncode(secret: string): string {
  return wellFormed(encodeURIComponent, secret)
}

/** Half a surrogate pair cannot be encoded: the text then stands for itself. */
function wellFormed(encode: (text: string) => string, text: string): string {
  try {
    return encode(text)
  } catch {
    return text
  }
}

/**
 * What all Base64 texts have in common that hold the secret with `shift` bytes (modulo 3) before it: the characters that
 * depend on the secret alone. So "user:secret" in Base64 is found as well.
 */
function base64Core(secret: string, shift: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(secret)])
  const first = Math.ceil((shift * 8) / 6)
  const last = Math.floor((bytes.length * 8) / 6)
  const core = bytes.toString('base64').slice(first, last)
  return [core, core.replaceAll('+', '-').replaceAll('/', '_')]
}
