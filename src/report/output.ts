import { openPrivateKey } from './credential-patterns.ts'
import { printable } from './printable.ts'
import { redactValues } from './redact-values.ts'
import type { Redactor } from './redaction.ts'
import { documentWithoutOrders, withoutOrders, type DocumentSyntax } from './workflow-commands.ts'

/** Where text goes: the process's own streams, or a test's. */
export interface Sink {
  write(text: string): unknown
}

/**
 * The one door through which text leaves the process: everything is redacted here, or was before. The words follow Heroku's habits:
 * `-----> ` before a header, seven spaces before what belongs to it, ` !     ` before what needs attention. There is no
 * colour and no spinner, so a CI log and a terminal show the same.
 */
export interface Output {
  header(text: string): void
  /** One or more lines under the last header. */
  line(text: string): void
  warning(text: string): void
  /** Text of another program, as it comes: a build, a release command, a migration tool. */
  foreign(chunk: string): void
  /** The result itself, on standard output, as one JSON document. */
  result(value: unknown): void
  /** A document that was made before, and its texts redacted. It is printed as it is; orders to GitHub's runner count without `syntax`. */
  document(text: string, syntax?: DocumentSyntax): void
}

export interface OutputOptions {
  readonly redactor: Redactor
  /** Progress. Standard error when the result is JSON, so that standard output holds nothing else. */
  readonly progress: Sink
  readonly result: Sink
  /** Whether GitHub's runner reads along. */
  readonly inWorkflow?: boolean
}

/** Lines of a key that is not at its end are not passed on, unless there is no end of them. */
const longestKey = 8192

function wholeUntil(text: string): number {
  const key = openPrivateKey(text)
  return text.length - key > longestKey ? text.length : key
}

const INDENT = '       '
const ATTENTION = ' !     '

const linesOf = (prefix: string, text: string): string =>
  `${prefix}${text.replaceAll('\n', `\n${prefix}`)}\n`.replace(/[^\S\n]+\n/g, '\n')

/** The output of one command. Every line is redacted before it is written. */
export function createOutput({ redactor, progress, result, inWorkflow = false }: OutputOptions): Output {
  const write = (prefix: string, text: string): void => {
    progress.write(linesOf(prefix, redactor.text(text)))
  }
  // What another program prints may have its colours; what is told here names files, tables and what was found in them.
  const tell = (prefix: string, text: string): void => {
    const lines = linesOf(prefix, printable(redactor.text(text)))
    progress.write(inWorkflow ? withoutOrders(lines) : lines)
  }
  // Another program's text comes in pieces: whole lines are passed on, so that no secret is split over two of them.
  let unfinished = ''
  const endForeign = (): void => {
    if (unfinished !== '') write(INDENT, unfinished)
    unfinished = ''
  }
  const writeDocument = (text: string, syntax: DocumentSyntax | undefined): void => {
    const written = inWorkflow && syntax !== undefined ? documentWithoutOrders(text, syntax) : text
    result.write(`${written}\n`)
  }
  return {
    header(text) {
      endForeign()
      tell('-----> ', text)
    },
    line(text) {
      endForeign()
      tell(INDENT, text)
    },
    warning(text) {
      endForeign()
      tell(ATTENTION, text)
    },
    foreign(chunk) {
      const text = unfinished + chunk.replaceAll('\r\n', '\n').replaceAll('\r', '\n')
      const end = text.lastIndexOf('\n', Math.max(0, wholeUntil(text) - 1))
      unfinished = text.slice(end + 1)
      if (end >= 0) write(INDENT, text.slice(0, end))
    },
    result(value) {
      endForeign()
      const clean = redactValues(value, (text) => redactor.text(text))
      writeDocument(JSON.stringify(clean, null, 2), 'json')
    },
    document(text, syntax) {
      endForeign()
      writeDocument(text, syntax)
    },
  }
}
