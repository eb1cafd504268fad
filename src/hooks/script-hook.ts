import { mkdir, rename, rm, rmdir, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { PreconditionError } from '../errors.ts'
import { findBlock, findPlainBlock, insertBlock, withoutBlock, type Block } from './block.ts'
import { kindOf, readBytes, writeBytes } from './files.ts'
import type { HookChange } from './hook-place.ts'

const shebang = '#!/bin/sh\n'
const executable = 0o755

/** Who runs a hook: git as a program, where it is executable; husky by the shell, in any case. */
export type HookRunner = 'git' | 'husky'

/**
 * Puts the block into a hook that is a script: behind its first line, so that it runs whatever the rest does. A hook that is no
 * shell script, a link or not active is set aside and called from one of our own.
 */
export async function installInScript(file: string, block: Block, runner: HookRunner): Promise<HookChange> {
  const old = await readBytes(file)
  const found = old === null ? null : findBlock(old, block)
  if (old !== null && found !== null) return renew(file, old, block, runner)
  const kind = await kindOf(file)
  const isScript = runner === 'husky' ? kind !== 'link' : kind === 'executable' && isShell(old ?? '')
  if (old !== null && isScript) {
    await writeBytes(file, insertBlock(old, { offset: firstLineEnd(old), indent: '' }, block), executable)
    return 'installed'
  }
  await mkdir(dirname(file), { recursive: true })
  if (kind !== 'missing') await setAside(file)
  const lines = kind === 'missing' ? block.lines : [...block.lines, ...callKept(file, runner)]
  const own = insertBlock(shebang, { offset: shebang.length, indent: '' }, { ...block, lines }, true)
  await writeBytes(file, own, executable)
  return 'installed'
}

/** Takes the block out again; what was set aside comes back with the last one. */
export async function uninstallFromScript(
  file: string,
  block: Pick<Block, 'label'>,
  runner: HookRunner,
): Promise<HookChange> {
  const text = await readBytes(file)
  const found = text === null ? null : findBlock(text, block)
  if (text === null || found === null) return 'not there'
  const rest = withoutBlock(text, found)
  const handedOver = found.note === 'whole' ? await handOver(file, rest, runner) : null
  if (handedOver !== null) await writeBytes(file, handedOver, executable)
  else if (found.note !== 'whole' || rest !== shebang) {
    await refuseToLose(file, found.note)
    await writeBytes(file, rest, executable)
  } else await bringBack(file)
  return 'removed'
}

/** The file that was made for one project becomes that of the next one that has a block in it; null when there is none. */
async function handOver(file: string, rest: string, runner: HookRunner): Promise<string | null> {
  const heir = findPlainBlock(rest)
  if (heir === null) return null
  const lines = [...heir.lines, ...((await kindOf(kept(file))) === 'missing' ? [] : callKept(file, runner))]
  const place = { offset: heir.start, indent: '' }
  return insertBlock(withoutBlock(rest, heir), place, { label: heir.label, lines }, true)
}

const kept = (file: string): string => `${file}.before-lockkeeper`
/** Leads to it under its old name: a hook may ask under which name it is called. */
const namesake = (file: string): string => join(dirname(file), 'before-lockkeeper', basename(file))

async function setAside(file: string): Promise<void> {
  if ((await kindOf(kept(file))) !== 'missing')
    throw new PreconditionError(
      `${kept(file)} is in the way: it is where the hook that is there would be kept.`,
    )
  await rename(file, kept(file))
  await mkdir(dirname(namesake(file)), { recursive: true })
  // Windows lets not everybody make links; the hook is then called as it is.
  await symlink(join('..', basename(kept(file))), namesake(file)).catch(() => undefined)
}

async function bringBack(file: string): Promise<void> {
  if ((await kindOf(kept(file))) === 'missing') return rm(file)
  await rename(kept(file), file)
  await rm(namesake(file), { force: true })
  // Others may have put something there.
  await rmdir(dirname(namesake(file))).catch(() => undefined)
}

function callKept(file: string, runner: HookRunner): string[] {
  const folder = '$(dirname "$0")'
  return [
    `kept="${folder}/before-lockkeeper/${basename(file)}"`,
    `[ -e "$kept" ] || kept="${folder}/${basename(kept(file))}"`,
    runner === 'husky'
      ? 'if [ -f "$kept" ]; then sh -e "$kept" "$@" || exit $?; fi'
      : // One that was not active before does not become so.
        'if [ -x "$kept" ]; then "$kept" "$@" || exit $?; fi',
  ]
}

/** Somebody wrote into the hook that is ours while theirs was set aside: nobody but them knows how the two belong together. */
async function refuseToLose(file: string, note: string): Promise<void> {
  if (note !== 'whole' || (await kindOf(kept(file))) === 'missing') return
  throw new PreconditionError(
    `${file} was changed since, while the hook from before waits in ${kept(file)}.`,
    {
      next: ['Bring the two together by hand, and remove the marked block.'],
    },
  )
}

async function renew(file: string, old: string, block: Block, runner: HookRunner): Promise<HookChange> {
  const found = findBlock(old, block)
  if (found === null) return 'not there'
  const isKept = found.note === 'whole' && (await kindOf(kept(file))) !== 'missing'
  const lines = isKept ? [...block.lines, ...callKept(file, runner)] : block.lines
  const rest = withoutBlock(old, found)
  const place = { offset: found.start, indent: '' }
  const fresh = insertBlock(rest, place, { ...block, lines }, found.note === 'whole')
  if (fresh === old) return 'already there'
  await writeBytes(file, fresh, executable)
  return 'updated'
}

/** A script without a first line of its own is run by the shell as well. */
function isShell(text: string): boolean {
  if (text.includes('\0')) return false
  return (
    !text.startsWith('#!') || /^#!\s*(?:\S*\/)?(?:env\s+(?:-S\s+)?)?(?:\S*\/)?(?:ba|da|z|k|a)?sh\b/.test(text)
  )
}

function firstLineEnd(text: string): number {
  if (!text.startsWith('#!')) return 0
  const end = text.indexOf('\n')
  return end < 0 ? text.length : end + 1
}
