import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Slug } from '../model.ts'
import { BuildFailed, detectBuildpack, processTypesOf } from './buildpack.ts'
import { buildEnvironment } from './environment.ts'
import { runCommand, type ProcessWatch } from './run-command.ts'
import type { Source } from './source.ts'

export interface CompileJob {
  readonly watch: ProcessWatch
  readonly source: Source
  /** Made by the build; becomes the working directory of the dynos. */
  readonly directory: string
  readonly cacheDirectory: string
  readonly configVars: Readonly<Record<string, string>>
  readonly stack: string
  readonly commit: string | null
  /** A fault: stop as if the code did not compile. */
  readonly doomed: boolean
  readonly signal: AbortSignal
  readonly write: (text: string) => void
}

/** What a build makes: the slug's own facts. */
export type Compiled = Pick<Slug, 'processTypes' | 'buildpack' | 'sizeBytes'>

/** Turns a source into runnable files; throws BuildFailed with the reason, or the signal's reason. */
export async function compile(job: CompileJob): Promise<Compiled> {
  await mkdir(job.directory, { recursive: true })
  await mkdir(job.cacheDirectory, { recursive: true })
  await job.source(job.directory, job.signal)
  const buildpack = await detectBuildpack(job.directory)
  if (buildpack === undefined) throw new BuildFailed('No default language could be detected for this app.')
  job.write(
    `-----> Building on the ${stackTitle(job.stack)} stack\n-----> Using buildpack: ${buildpack.name}\n`,
  )
  job.write(`-----> ${buildpack.title} app detected\n`)
  const failed = `Push rejected, failed to compile ${buildpack.title} app.`
  if (job.doomed) throw new BuildFailed(failed)
  const scratchDirectory = `${job.directory}.scratch`
  try {
    await buildpack.compile({
      ...job,
      scratchDirectory,
      run: (file, args) => runStep(job, file, args, failed),
    })
  } finally {
    await rm(scratchDirectory, { recursive: true, force: true })
  }
  job.write('-----> Build succeeded!\n')
  return await describe(job, buildpack)
}

async function describe(
  job: CompileJob,
  buildpack: NonNullable<Awaited<ReturnType<typeof detectBuildpack>>>,
): Promise<Compiled> {
  const processTypes = await processTypesOf(buildpack, job.directory)
  const names = Object.keys(processTypes)
  job.write('-----> Discovering process types\n')
  job.write(
    `       Procfile declares types -> ${names.length === 0 ? '(none)' : names.sort().join(', ')}\n\n`,
  )
  const sizeBytes = await sizeOf(job.directory)
  job.write(`-----> Compressing...\n       Done: ${(sizeBytes / 1_000_000).toFixed(1)}M\n`)
  return { processTypes, buildpack: buildpack.name, sizeBytes }
}

async function runStep(
  job: CompileJob,
  file: string,
  args: readonly string[],
  failed: string,
): Promise<void> {
  const status = await runCommand(job.watch, {
    file,
    args,
    cwd: job.directory,
    env: buildEnvironment(job.configVars, job.stack, job.commit),
    signal: job.signal,
    onOutput: indented(job.write),
  })
  job.signal.throwIfAborted()
  if (status !== 0) throw new BuildFailed(failed)
}

/** Heroku indents what buildpacks print by seven columns. */
function indented(write: (text: string) => void): (text: string) => void {
  let atLineStart = true
  return (text) => {
    if (text === '') return
    const body = text.replace(/\n(?=[^\n])/g, '\n       ')
    write(atLineStart ? `       ${body}` : body)
    atLineStart = text.endsWith('\n')
  }
}

function stackTitle(stack: string): string {
  return stack.charAt(0).toUpperCase() + stack.slice(1)
}

async function sizeOf(directory: string): Promise<number> {
  const sizes = (await readdir(directory, { withFileTypes: true })).map(async (entry) => {
    const full = path.join(directory, entry.name)
    if (entry.isDirectory()) return await sizeOf(full)
    return entry.isFile() ? (await stat(full)).size : 0
  })
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}
