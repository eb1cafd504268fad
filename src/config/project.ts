import { readBoolean, readTimeScale, type Environment } from './environment.ts'
import { readConfigFile } from './file.ts'
import type { ConfigFile } from './schema.ts'

/** What a run is told that needs neither an app nor an API key. Durations in real Heroku seconds. */
export interface ProjectConfig extends ConfigFile {
  /** Unsafe migrations are allowed, behind maintenance mode. */
  readonly nightly: boolean
  /** See createTiming. */
  readonly timeScale: number
}

export interface LoadProject {
  /** The project's directory: absolute. */
  readonly directory: string
  /** The configuration file, from the directory. Default lockkeeper.yml, which may be missing. */
  readonly file?: string | undefined
  readonly environment: Environment
}

/** lockkeeper.yml and the environment, validated and with the defaults filled in. Reads only. UsageError for what is wrong in them. */
export async function loadProject({ directory, file, environment }: LoadProject): Promise<ProjectConfig> {
  const said = await readConfigFile(directory, file)
  return { ...said, timeScale: readTimeScale(environment), nightly: isNightly(environment) }
}

function isNightly(environment: Environment): boolean {
  const named = readBoolean(environment, 'NIGHTLY_BUILD')
  const run = readBoolean(environment, 'RUN_NIGHTLY_BUILD')
  return named === true || run === true
}
