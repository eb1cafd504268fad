import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { loadProject } from '../../src/config/config.ts'
import { checkFiles } from '../../src/deploy/check-files.ts'
import { checkProject } from '../../src/deploy/check-project.ts'
import { LockkeeperError } from '../../src/errors.ts'
import { checkForms } from '../../src/report/check/forms.ts'
import type { CheckReport } from '../../src/report/check/model.ts'
import { makeText } from './inputs.ts'
import type { Random } from './random.ts'

const names = [
  'db/migrations/1_a.sql',
  'db/migrations/1_b.sql',
  'db/migrations/20260101_é.sql',
  'db/migrations/x.sql',
  'db/migrations/3_dir.sql/inside.sql',
  'db/migrations/4.SQL',
  'db/migrations/5_a b\nc.sql',
  'a.down.sql',
  'V1__x.sql',
  'prisma/migrations/1/migration.sql',
  'readme.md',
  'lockkeeper.yml',
]

/** A folder of random files, checked as files and as a project. Errors that are meant for the user are answers, too. */
export async function checkRandomTree(random: Random): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'lockkeeper-fuzz-'))
  try {
    for (let left = 1 + random.below(5); left > 0; left--) await put(random, directory)
    await answered(async () => checkFiles({ ...(await project(directory)), ...files }))
    await answered(async () => checkProject(await project(directory)))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

const files = { paths: ['.'], inTransaction: false, readStandardInput: async () => new Uint8Array() }

async function project(directory: string) {
  return { directory, config: await loadProject({ directory, environment: {} }) }
}

async function put(random: Random, directory: string): Promise<void> {
  const file = join(directory, random.pick(names))
  try {
    await mkdir(dirname(file), { recursive: true })
    const text = makeText(random)
    if (random.chance(10)) await symlink(random.pick(['nowhere', '.', '/dev/null']), file)
    else await writeFile(file, text, random.pick(['utf8', 'latin1', 'utf16le']))
  } catch {
    // A file stands where a folder would have to be, or the other way round: such trees exist as well.
  }
}

async function answered(check: () => Promise<CheckReport>): Promise<void> {
  try {
    const report = await check()
    for (const form of Object.values(checkForms)) form(report)
  } catch (error) {
    if (!(error instanceof LockkeeperError)) throw error
  }
}
