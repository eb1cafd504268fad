import { StringDecoder } from 'node:string_decoder'

/** Logplex breaks longer lines, so that one process cannot fill the memory with one line. */
const LONGEST_LINE = 10_000

export interface LineSplitter {
  push(chunk: Buffer): void
  /** Hands out what stands after the last line break. */
  end(): void
}

/** Calls back once per line of UTF-8 text, whatever chunks the text arrives in. */
export function splitLines(onLine: (line: string) => void): LineSplitter {
  const decoder = new StringDecoder('utf8')
  let rest = ''

  function emit(line: string): void {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line
    for (let at = 0; at === 0 || at < text.length; at += LONGEST_LINE)
      onLine(text.slice(at, at + LONGEST_LINE))
  }

  return {
    push(chunk) {
      const lines = (rest + decoder.write(chunk)).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) emit(line)
      if (rest.length > LONGEST_LINE) {
        emit(rest)
        rest = ''
      }
    },
    end() {
      rest += decoder.end()
      if (rest !== '') emit(rest)
      rest = ''
    },
  }
}
