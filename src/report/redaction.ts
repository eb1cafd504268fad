import { credentialHint, credentialPatterns, unfinishedCredential } from './credential-patterns.ts'
import { secretForms } from './secret-forms.ts'

/** Takes secrets out of everything that leaves the process. */
export interface Redactor {
  /**
   * Registers a secret: an API key, a config var's value, a connection string (its password then counts as well). Values that
   * are no secrets (short, numbers, true, plain addresses, common words) are passed over, so every config var may be given.
   */
  add(secret: string): void
  /** Says that a value is public (the app's name, a commit), should a config var hold it. Wins over add, whichever comes first. */
  keep(value: string): void
  /** The text with every registered secret, in every usual encoding, and everything that looks like a credential replaced. */
  text(text: string): string
  /** The same for text that comes in pieces. */
  stream(write: (text: string) => void): RedactedStream
  /** The last place up to `at` at which a cut goes through no secret: a part of one would not be recognised. */
  cut(text: string, at: number): number
}

export interface RedactedStream {
  /**
   * Writes on at once all that cannot be part of a secret. Held back is only what may be the beginning of one, until the next
   * piece or the end.
   */
  write(chunk: string): void
  /** Writes the rest. The beginning of a secret that was cut off by the end does not get through either. */
  end(): void
}

const mark = '[redacted]'
/** A beginning of so many characters of a secret tells too much of it. */
const tellingPrefix = 6
/** An unfinished credential longer than this is none. */
const longestHeld = 8192

/** A redactor that knows no secret yet; it recognises credentials by their looks all the same. */
export function createRedactor(): Redactor {
  const forms = new Set<string>()
  const kept = new Set<string>()
  return {
    add: (secret) => {
      if (kept.has(secret.trim())) return
      for (const form of secretForms(secret)) forms.add(form)
    },
    keep: (value) => {
      kept.add(value)
      for (const form of secretForms(value)) forms.delete(form)
    },
    text: (text) => replace(text, findSecrets(text, forms)),
    stream: (write) => createStream(forms, write),
    cut: (text, at) => {
      const reach = Math.max(longestHeld, ...[...forms].map(({ length }) => length))
      const from = Math.max(0, at - reach)
      return from + cutBefore(findSecrets(text.slice(from, at + reach), forms), at - from)
    },
  }
}

function createStream(forms: ReadonlySet<string>, write: (text: string) => void): RedactedStream {
  let held = ''
  const send = (text: string): void => {
    if (text !== '') write(text)
  }
  return {
    write: (chunk) => {
      const text = held + chunk
      const spans = findSecrets(text, forms)
      const cut = cutBefore(spans, holdFrom(text, forms))
      held = text.slice(cut)
      send(
        replace(
          text.slice(0, cut),
          spans.filter((span) => span.end <= cut),
        ),
      )
    },
    end: () => {
      const spans = findSecrets(held, forms)
      const start = startOfPrefix(held, forms)
      const cutOff = held.length - start >= tellingPrefix ? [{ start, end: held.length }] : []
      send(replace(held, merge([...spans, ...cutOff])))
      held = ''
    },
  }
}

/** Where the part begins that cannot be judged before more has come. */
function holdFrom(text: string, forms: ReadonlySet<string>): number {
  const unfinished = unfinishedCredential(text)
  const start = startOfPrefix(text, forms)
  return text.length - unfinished > longestHeld ? start : Math.min(start, unfinished)
}

/** No cut goes through a secret that was found: it stays whole on one side. */
function cutBefore(spans: readonly Span[], cut: number): number {
  return spans.find((span) => span.start < cut && cut < span.end)?.start ?? cut
}

/** Where the longest beginning of a secret starts that the text ends with. */
function startOfPrefix(text: string, forms: ReadonlySet<string>): number {
  let longest = 0
  for (const form of forms) {
    for (let length = Math.min(form.length - 1, text.length); length > longest; length--) {
      if (text.endsWith(form.slice(0, length))) longest = length
    }
  }
  return text.length - longest
}

interface Span {
  readonly start: number
  readonly end: number
}

/** All of them, so that of two secrets that overlap no part is left. */
function findSecrets(text: string, forms: ReadonlySet<string>): readonly Span[] {
  const spans: Span[] = []
  for (const form of forms) {
    for (let at = text.indexOf(form); at !== -1; at = text.indexOf(form, at + 1)) {
      spans.push({ start: at, end: at + form.length })
    }
  }
  for (const pattern of credentialHint.test(text) ? credentialPatterns : []) {
    for (const { index, 0: found } of text.matchAll(pattern))
      spans.push({ start: index, end: index + found.length })
  }
  return merge(spans)
}

function merge(spans: readonly Span[]): readonly Span[] {
  if (spans.length < 2) return spans
  const merged: Span[] = []
  for (const span of [...spans].sort((one, other) => one.start - other.start)) {
    const last = merged.at(-1)
    if (last && span.start < last.end) {
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, span.end) }
    } else {
      merged.push(span)
    }
  }
  return merged
}

function replace(text: string, spans: readonly Span[]): string {
  if (spans.length === 0) return text
  let result = ''
  let at = 0
  for (const { start, end } of spans) {
    result += text.slice(at, start) + mark
    at = end
  }
  return result + text.slice(at)
}
