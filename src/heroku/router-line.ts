/** One line of Heroku's router in the log: a request that it served or refused. */
export interface RouterLine {
  /** When, by Heroku's clock. */
  readonly at: Date
  /** H10, H12, ...: only for an error. */
  readonly code: string | undefined
  readonly status: number | undefined
  readonly method: string | undefined
  /** Empty when the line has none. */
  readonly path: string
  /** Which dyno had it: absent when none did. */
  readonly dyno: string | undefined
  readonly description: string | undefined
}

const head = /^(\S+) heroku\[router\]: (.*)$/
const field = /([\w-]+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))/g

/** Reads a line of the log session; undefined for every line that is not the router's. */
export function parseRouterLine(line: string): RouterLine | undefined {
  const [, at, text] = head.exec(line) ?? []
  if (at === undefined || text === undefined || Number.isNaN(Date.parse(at))) return undefined
  const fields = new Map<string, string>()
  for (const [, name = '', quoted, plain] of text.matchAll(field)) {
    // The path comes from outside and may look like a field; the router's own fields are before or outside its quotes.
    if (!fields.has(name)) fields.set(name, quoted ?? plain ?? '')
  }
  const read = (name: string): string | undefined => fields.get(name) || undefined
  const status = Number(read('status'))
  return {
    at: new Date(at),
    code: read('code'),
    status: Number.isInteger(status) ? status : undefined,
    method: read('method'),
    path: read('path') ?? '',
    dyno: read('dyno'),
    description: read('desc'),
  }
}
