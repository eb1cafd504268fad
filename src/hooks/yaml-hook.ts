import { isMap, isScalar, isSeq, parseAllDocuments, type Pair, type YAMLMap } from 'yaml'
import { PreconditionError } from '../errors.ts'
import { findBlock, insertBlock, withoutBlock, type Block, type Place } from './block.ts'
import { readBytes, writeBytes } from './files.ts'
import { checkCommand, type HookCommand } from './hook-command.ts'
import type { HookChange, HookPlace } from './hook-place.ts'

/** Where a block goes in a configuration, and its lines there. */
interface YamlEntry extends Place {
  readonly lines: readonly string[]
}

/** Puts the check into the configuration of lefthook or pre-commit, as text: everything else stays as it is written. */
export async function installInYaml(
  { file, manager }: HookPlace,
  command: HookCommand,
  label: string,
): Promise<HookChange> {
  const old = (await readBytes(file)) ?? ''
  const found = findBlock(old, { label })
  const rest = found === null ? old : withoutBlock(old, found)
  const entry = manager === 'lefthook' ? lefthookEntry(rest, command) : preCommitEntry(rest, command)
  if (entry === null) throw byHand(file, manager, command)
  const fresh = insertBlock(rest, entry, { label, lines: entry.lines })
  if (fresh === old) return 'already there'
  await writeBytes(file, fresh, 0o644)
  return found === null ? 'installed' : 'updated'
}

/** Takes the check out again. */
export async function uninstallFromYaml(file: string, block: Pick<Block, 'label'>): Promise<HookChange> {
  const text = await readBytes(file)
  const found = text === null ? null : findBlock(text, block)
  if (text === null || found === null) return 'not there'
  await writeBytes(file, withoutBlock(text, found), 0o644)
  return 'removed'
}

const run = (command: HookCommand, argument: string): string =>
  JSON.stringify(`${checkCommand(command)}${argument}`)

/** The place for a command under `commit-msg`; null when the file is written in a way that leaves none. */
function lefthookEntry(text: string, command: HookCommand): YamlEntry | null {
  const root = rootOf(text)
  if (root === null) return null
  const line = `run: ${run(command, ' {1}')}`
  const hook = root === 'empty' ? undefined : pairOf(root, 'commit-msg')
  if (hook === undefined) {
    const lines = ['commit-msg:', '  commands:', '    lockkeeper:', `      ${line}`]
    return { offset: text.length, indent: '', lines }
  }
  if (!isMap(hook.value)) return null
  const pair = pairOf(hook.value, 'commands')
  const commands = pair?.value
  if (pair !== undefined && isEmpty(commands)) return below(text, pair.key, ['lockkeeper:', `  ${line}`])
  if (isMap(commands)) return before(firstKey(text, commands), ['lockkeeper:', `  ${line}`])
  const jobs = pairOf(hook.value, 'jobs')?.value
  if (isSeq(jobs)) return before(firstItem(text, jobs.items[0]), ['- name: lockkeeper', `  ${line}`])
  return before(firstKey(text, hook.value), ['commands:', '  lockkeeper:', `    ${line}`])
}

const isEmpty = (value: unknown): boolean => value === null || (isScalar(value) && value.source === '')

/** The place below a key that has no value yet; null where something else stands on its line. */
function below(text: string, key: unknown, lines: readonly string[]): YamlEntry | null {
  const offset = isScalar(key) ? key.range?.[0] : undefined
  const place = lineBefore(text, offset, /^ *$/)
  if (place === null) return null
  const end = text.indexOf('\n', offset)
  const line = text.slice(place.offset, end < 0 ? text.length : end)
  if (!/^ *commands: *(#.*)?\r?$/.test(line)) return null
  return { offset: end < 0 ? text.length : end + 1, indent: `${place.indent}  `, lines }
}

/** The place for a local hook in the list of repositories; null when the file is written in a way that leaves none. */
function preCommitEntry(text: string, command: HookCommand): YamlEntry | null {
  const root = rootOf(text)
  const repositories = root === null || root === 'empty' ? undefined : pairOf(root, 'repos')?.value
  if (!isSeq(repositories)) return null
  return before(firstItem(text, repositories.items[0]), [
    '- repo: local',
    '  hooks:',
    '    - id: lockkeeper',
    '      name: lockkeeper check',
    `      entry: ${run(command, '')}`,
    '      language: system',
    '      stages: [commit-msg]',
    '      always_run: true',
  ])
}

const before = (place: Place | null, lines: readonly string[]): YamlEntry | null =>
  place === null ? null : { ...place, lines }

function rootOf(text: string): YAMLMap | 'empty' | null {
  const documents = parseAllDocuments(text)
  if (!Array.isArray(documents) || documents.length === 0) return 'empty'
  const [document] = documents
  // Text behind the end of a document would belong to none.
  if (documents.length > 1 || document === undefined || document.errors.length > 0 || /^\.\.\./m.test(text))
    return null
  if (document.contents === null) return 'empty'
  return isMap(document.contents) && document.contents.flow !== true ? document.contents : null
}

function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((item) => isScalar(item.key) && item.key.value === key)
}

function firstKey(text: string, map: YAMLMap): Place | null {
  const key = map.items[0]?.key
  return map.flow === true || !isScalar(key) ? null : lineBefore(text, key.range?.[0], /^ *$/)
}

function firstItem(text: string, item: unknown): Place | null {
  const node = isMap(item) && item.flow !== true ? item : null
  return lineBefore(text, node?.range?.[0], /^( *)- +$/)
}

/** The line of an offset, when nothing but what is expected stands before it. */
function lineBefore(text: string, offset: number | undefined, expected: RegExp): Place | null {
  if (offset === undefined) return null
  const start = text.lastIndexOf('\n', offset - 1) + 1
  const head = text.slice(start, offset)
  return expected.test(head) ? { offset: start, indent: /^ */.exec(head)?.[0] ?? '' } : null
}

function byHand(file: string, manager: string, command: HookCommand): PreconditionError {
  const argument = manager === 'lefthook' ? ' {1}' : ' FILE'
  return new PreconditionError(`${file} is written in a way that Lockkeeper does not change.`, {
    next: [`Add a command for commit-msg by hand: ${checkCommand(command)}${argument}`],
  })
}
