import { mkdir, rename, rm } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { PreconditionError } from '../errors.ts'
import { findBlock, insertBlock, withoutBlock, type Block } from './block.ts'
import { kindOf, readBytes, writeBytes } from './files.ts'
import type { HookChange } from './hook-place.ts'

const shebang = '#!/bin/sh\n'
const executable = 0o755

/**
 * Puts the block into a hook that is a script: behind its first line, so that it runs whatever the rest does. A hook that is no
 * shell script, a link or not active is set aside and called from one of our own.
 */
export async function installInScript(file: string, block: Block): Promise<HookChange> {
  const old = await readBytes(file)
  const found = old === null ? null : findBlock(old, block)
  if (old !== null && found !== null) return renew(file, old, block)
  const kind = await kindOf(file)
  if (old !== null && kind === 'executable' && isShell(old)) {
    await writeBytes(file, insertBlock(old, { offset: firstLineEnd(old), indent: '' }, block), executable)
    return 'installed'
  }
  await mkdir(dirname(file), { recursive: true })
  if (kind !== 'missing') await setAside(file)
  const lines = kind === 'missing' ? block.lines : [...block.lines, ...callKept(file)]
  const own = insertBlock(shebang, { offset: shebang.length, indent: '' }, { ...block, lines }, true)
  await writeBytes(file, own, executable)
  return 'installed'
}

/** Takes the block out again; what was set aside comes back. */
export async function uninstallFromScript(file: string, block: Pick<Block, 'label'>): Promise<HookChange> {
  const text = await readBytes(file)
  const found = text === null ? null : findBlock(text, block)
  if (text === null || found === null) return 'not there'
  const rest = withoutBlock(text, found)
  if (found.note !== 'whole' || rest !== shebang) {
    await refuseToLose(file, found.note)
    await writeBytes(file, rest, executable)
  } else if ((await kindOf(kept(file))) === 'missing') await rm(file)
  else await rename(kept(file), file)
  return 'removed'
}

const kept = (file: string): string => `${file}.before-lockkeeper`

async function setAside(file: string): Promise<void> {
  if ((await kindOf(kept(file))) !== 'missing')
    throw new PreconditionError(
      `${kept(file)} is in the way: it is where the hook that is there would be kept.`,
    )
  await rename(file, kept(file))
}

function callKept(file: string): string[] {
  return [
    `kept="$(dirname "$0")/${basename(kept(file))}"`,
    // One that was not active before does not become so.
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

async function renew(file: string, old: string, block: Block): Promise<HookChange> {
  const found = findBlock(old, block)
  if (found === null) return 'not there'
  const lines = (await kindOf(kept(file))) === 'missing' ? block.lines : [...block.lines, ...callKept(file)]
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
