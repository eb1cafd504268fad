import { access, constants, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseProcfile } from './procfile.ts'

/** Ends a build: the lines are what the pusher reads last. */
export class BuildFailed extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'BuildFailed'
  }
}

/** What compiling needs of its surroundings. `run` writes the output and throws BuildFailed for a status other than 0. */
export interface Workshop {
  /** The app's files, built in place. */
  readonly directory: string
  /** Kept from build to build of the app. */
  readonly cacheDirectory: string
  /** Only for this build. */
  readonly scratchDirectory: string
  readonly configVars: Readonly<Record<string, string>>
  readonly write: (text: string) => void
  readonly run: (file: string, args: readonly string[]) => Promise<void>
}

export interface Buildpack {
  /** heroku/nodejs */
  readonly name: string
  /** Node.js */
  readonly title: string
  recognises(directory: string): Promise<boolean>
  compile(workshop: Workshop): Promise<void>
  defaultProcessTypes(directory: string): Promise<Record<string, string>>
}

interface PackageJson {
  readonly scripts?: Readonly<Record<string, string>>
}

const noProcessTypes: Record<string, string> = {}

const nodejs: Buildpack = {
  name: 'heroku/nodejs',
  title: 'Node.js',
  recognises: (directory) => exists(path.join(directory, 'package.json')),
  async compile({ directory, write, run }) {
    const { scripts = {} } = await readPackage(directory)
    const locked = (
      await Promise.all(
        ['package-lock.json', 'npm-shrinkwrap.json'].map((name) => exists(path.join(directory, name))),
      )
    ).includes(true)
    write('-----> Installing dependencies\n')
    write(`       Installing node modules${locked ? ' (package-lock.json)' : ''}\n`)
    await run('npm', [locked ? 'ci' : 'install', '--omit=dev'])
    if (scripts['heroku-postbuild'] === undefined) return
    write('-----> Build\n       Running heroku-postbuild\n')
    await run('npm', ['run', '--silent', 'heroku-postbuild'])
  },
  async defaultProcessTypes(directory) {
    const { scripts = {} } = await readPackage(directory)
    const starts = scripts.start !== undefined || (await exists(path.join(directory, 'server.js')))
    return starts ? { web: 'npm start' } : noProcessTypes
  },
}

const ownCompile: Buildpack = {
  name: 'bin/compile',
  title: 'bin/compile',
  recognises: (directory) => executable(path.join(directory, 'bin/compile')),
  async compile({ directory, cacheDirectory, scratchDirectory, configVars, run }) {
    const environment = path.join(scratchDirectory, 'env')
    await mkdir(environment, { recursive: true, mode: 0o700 })
    for (const [name, value] of Object.entries(configVars)) {
      await writeFile(path.join(environment, name), value, { mode: 0o600 })
    }
    try {
      await run(path.join(directory, 'bin/compile'), [directory, cacheDirectory, environment])
    } finally {
      await rm(environment, { recursive: true, force: true })
    }
  },
  defaultProcessTypes: async () => ({}),
}

const procfileOnly: Buildpack = {
  name: 'procfile',
  title: 'Procfile',
  recognises: (directory) => exists(path.join(directory, 'Procfile')),
  compile: async () => {},
  defaultProcessTypes: async () => ({}),
}

/** The buildpack for an app; the first that recognises it. */
export async function detectBuildpack(directory: string): Promise<Buildpack | undefined> {
  for (const buildpack of [nodejs, ownCompile, procfileOnly]) {
    if (await buildpack.recognises(directory)) return buildpack
  }
  return undefined
}

/** The process types of built files: those of the Procfile, else the buildpack's own. */
export async function processTypesOf(
  buildpack: Buildpack,
  directory: string,
): Promise<Record<string, string>> {
  const procfile = path.join(directory, 'Procfile')
  if (!(await exists(procfile))) return await buildpack.defaultProcessTypes(directory)
  return parseProcfile(await readFile(procfile, 'utf8'))
}

async function readPackage(directory: string): Promise<PackageJson> {
  try {
    return JSON.parse(await readFile(path.join(directory, 'package.json'), 'utf8')) as PackageJson
  } catch (error) {
    throw new BuildFailed(
      `Unable to parse package.json: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

async function exists(file: string, mode = constants.F_OK): Promise<boolean> {
  return await access(file, mode).then(
    () => true,
    () => false,
  )
}

async function executable(file: string): Promise<boolean> {
  return await exists(file, constants.X_OK)
}
