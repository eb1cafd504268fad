import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml'
import type { z } from 'zod'
import { UsageError } from '../errors.ts'
import { closest } from './closest.ts'
import { configFile, type ConfigFile } from './schema.ts'

/** The text of a lockkeeper.yml; `name` is what messages call the file. UsageError for what is wrong with it. */
export function parseConfigFile(text: string, name: string): ConfigFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' })
  const [fault] = document.errors
  if (fault) {
    const { line, col } = lines.linePos(fault.pos[0])
    const what =
      fault.code === 'MULTIPLE_DOCS'
        ? 'a second document begins here, and there is one configuration.'
        : fault.message
    throw new UsageError(`${name}, line ${String(line)}, column ${String(col)}: ${what}`)
  }
  // An empty file, or one with comments only.
  const checked = configFile.safeParse(toValue(document, name) ?? {})
  if (checked.success) return checked.data
  const [issue] = checked.error.issues
  if (!issue) throw new UsageError(`${name} is not valid.`)
  const { path, message } = describeIssue(issue)
  const line = lineOf(document, lines, path)
  throw new UsageError(`${name}, line ${String(line)}: ${message}`)
}

/** Aliases that grow without end are refused by the parser here. */
function toValue(document: Document, name: string): unknown {
  try {
    return document.toJS() as unknown
  } catch (error) {
    throw new UsageError(`${name}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

type Path = readonly PropertyKey[]

function describeIssue(issue: z.core.$ZodIssue): { path: Path; message: string } {
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? ''
    const path = [...issue.path, key]
    const known = keysAt(issue.path)
    const near = closest(key, known)
    const hint = near ? `Did you mean "${near}"?` : `It can be: ${known.join(', ')}.`
    return { path, message: `there is no key "${nameOf(path)}". ${hint}` }
  }
  const key = nameOf(issue.path)
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined'))
    return { path: issue.path, message: `"${key}" is missing.` }
  return { path: issue.path, message: `${key ? `"${key}"` : 'the file'}: ${lower(issue.message)}` }
}

function lower(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1).replace(/\.$/, '') + '.'
}

/** watch.health[0].path, as a user would write it. */
function nameOf(path: Path): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${String(key)}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '')
}

/** The keys that the schema has at a path. */
function keysAt(path: Path): readonly string[] {
  let schema: z.core.$ZodType | undefined = configFile
  for (const key of path) schema = child(schema, key)
  const inner = unwrap(schema)
  return inner && 'shape' in inner._zod.def ? Object.keys(inner._zod.def.shape as object) : []
}

function child(schema: z.core.$ZodType | undefined, key: PropertyKey): z.core.$ZodType | undefined {
  const inner = unwrap(schema)
  if (!inner) return undefined
  const { def } = inner._zod as {
    def: { shape?: Record<PropertyKey, z.core.$ZodType>; element?: z.core.$ZodType }
  }
  return typeof key === 'number' ? def.element : def.shape?.[key]
}

/** Takes off what gives a default or makes optional. */
function unwrap(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  let inner = schema
  while (inner && 'innerType' in inner._zod.def) inner = inner._zod.def.innerType as z.core.$ZodType
  return inner
}

/** The line of the key at the end of a path, or of the nearest thing above it that is in the file. */
function lineOf(document: Document, lines: LineCounter, path: Path): number {
  let node: unknown = document.contents
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0
  for (const key of path) {
    const step = stepInto(node, key)
    if (!step) break
    offset = step.offset ?? offset
    node = step.node
  }
  return lines.linePos(offset).line
}

function stepInto(
  node: unknown,
  key: PropertyKey,
): { node: unknown; offset: number | undefined } | undefined {
  if (isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key)
    return pair && isScalar(pair.key) ? { node: pair.value, offset: pair.key.range?.[0] } : undefined
  }
  if (typeof key !== 'number' || typeof node !== 'object' || node === null || !('items' in node))
    return undefined
  const item: unknown = (node.items as unknown[])[key]
  return isNode(item) ? { node: item, offset: item.range?.[0] } : undefined
}
