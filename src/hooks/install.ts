import { readFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { PreconditionError, systemCode, systemReason } from '../errors.ts'
import { gitOutput, repositoryTop } from '../heroku/git-command.ts'
import { foldersAbove, shellLines, type HookCommand } from './hook-command.ts'
import type { HookChange, HookPlace } from './hook-place.ts'
import { installInScript, uninstallFromScript, type HookRunner } from './script-hook.ts'
import { installInYaml, uninstallFromYaml } from './yaml-hook.ts'

export interface HookResult extends HookPlace {
  readonly change: HookChange
  /** What is left to do: commands. */
  readonly next: readonly string[]
}

/**
 * Adds the check to what runs on a commit message: to the tool that manages the project's hooks where there is one, else to git's
 * own hook. What is there already is kept; a second time changes nothing. PreconditionError outside of a git repository, and for a
 * configuration that cannot be changed.
 */
export async function installHook(directory: string): Promise<HookResult> {
  const project = await readProject(directory)
  const place = await preferredPlace(project)
  const change = await changing(place, () =>
    isYaml(place)
      ? installInYaml(place, project.command, project.label)
      : installInScript(
          place.file,
          { label: project.label, lines: shellLines(project.command) },
          runnerOf(place, project),
        ),
  )
  return { ...place, change, next: change === 'installed' ? nextSteps[place.manager] : [] }
}

/** Takes the check out from wherever it was put, and leaves there what was there before. */
export async function uninstallHook(directory: string): Promise<HookResult[]> {
  const project = await readProject(directory)
  const results: HookResult[] = []
  for (const place of await allPlaces(project)) {
    const change = await changing(place, () =>
      isYaml(place)
        ? uninstallFromYaml(place.file, project)
        : uninstallFromScript(place.file, project, runnerOf(place, project)),
    )
    if (change === 'removed') results.push({ ...place, change, next: [] })
  }
  return results
}

const isYaml = ({ manager }: HookPlace): boolean => manager === 'lefthook' || manager === 'pre-commit'

/** Before its version 9, husky had git run its files itself. */
function runnerOf({ manager, file }: HookPlace, { hooks }: Project): HookRunner {
  return manager === 'husky' && dirname(file) !== hooks ? 'husky' : 'git'
}

/** What the operating system refuses becomes a PreconditionError. */
async function changing({ file }: HookPlace, change: () => Promise<HookChange>): Promise<HookChange> {
  try {
    return await change()
  } catch (cause) {
    if (systemCode(cause) === undefined) throw cause
    throw new PreconditionError(`${file} cannot be changed: ${systemReason(cause)}. It is as it was.`, {
      cause,
    })
  }
}

const nextSteps: Readonly<Record<HookPlace['manager'], readonly string[]>> = {
  git: [],
  husky: [],
  lefthook: ['lefthook install'],
  'pre-commit': ['pre-commit install --hook-type commit-msg'],
}

const lefthookFiles = [
  'lefthook.yml',
  'lefthook.yaml',
  '.lefthook.yml',
  '.lefthook.yaml',
  '.config/lefthook.yml',
]

interface Project {
  /** The top of the repository: absolute. */
  readonly root: string
  readonly hooks: string
  readonly label: string
  readonly command: HookCommand
}

async function readProject(directory: string): Promise<Project> {
  const root = await repositoryTop(directory)
  const prefix = await gitOutput(directory, ['rev-parse', '--show-prefix'])
  // core.hooksPath counts, and the hooks of a linked work tree are those of the repository.
  const hooks = await gitOutput(root, ['rev-parse', '--git-path', 'hooks'])
  const command = { prefix, local: await dependsOnLockkeeper(root, prefix) }
  return { root, hooks: resolve(root, hooks), label: prefix.replace(/\/$/, ''), command }
}

/** A project that is a part of a larger one has the dependencies of that as well. */
async function dependsOnLockkeeper(root: string, prefix: string): Promise<boolean> {
  const texts = await Promise.all(
    foldersAbove(prefix).map((folder) =>
      readFile(join(root, folder, 'package.json'), 'utf8').catch(() => ''),
    ),
  )
  return texts.some((text) => /"lockkeeper"\s*:/.test(text))
}

async function preferredPlace(project: Project): Promise<HookPlace> {
  for (const place of managedPlaces(project)) if (await isThere(place)) return place
  return gitPlace(project)
}

async function allPlaces(project: Project): Promise<HookPlace[]> {
  return [...managedPlaces(project), gitPlace(project)]
}

const gitPlace = ({ hooks }: Project): HookPlace => ({ manager: 'git', file: join(hooks, 'commit-msg') })

function managedPlaces({ root }: Project): HookPlace[] {
  return [
    { manager: 'husky', file: join(root, '.husky', 'commit-msg') },
    ...lefthookFiles.map((name) => ({ manager: 'lefthook' as const, file: join(root, name) })),
    { manager: 'pre-commit', file: join(root, '.pre-commit-config.yaml') },
  ]
}

/** husky is there when its folder is; the others are their file. */
async function isThere({ manager, file }: HookPlace): Promise<boolean> {
  const wanted = manager === 'husky' ? resolve(file, '..') : file
  return stat(wanted).then(
    () => true,
    () => false,
  )
}
