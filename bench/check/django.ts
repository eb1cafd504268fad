import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withEmulator } from '../../tasks/demo/emulator.ts'
import { createApp, createPlatformClient } from '../../tasks/demo/platform.ts'
import { lockkeeperCommand } from '../../tasks/demo/project.ts'
import { createRepository, gitEnvironment } from '../../tasks/demo/repository.ts'
import { runLockkeeper } from '../../tasks/demo/run-lockkeeper.ts'
import { withTemporaryDirectory } from '../../tasks/demo/temporary.ts'
import { debianPython, generateDjango, manage } from '../../test/support/django-project.ts'
import { writeFiles } from '../../test/support/project.ts'
import { shopMigrations } from './django-shop.ts'
import { compare, type Command } from './measure.ts'

const app = 'bench'
const pendingMigrations = 200
/** Wall time of `check` over that of one `manage.py showmigrations`, on the same project and database. */
const bound = 1.5

/** Checks a generated Django project with many pending migrations against an app's database, in turns with Django's own command. */
export async function benchDjango(): Promise<boolean> {
  const { ours, theirs } = await withTemporaryDirectory((directory) =>
    withEmulator({ stateDirectory: join(directory, 'emulator') }, async (emulator) => {
      const client = createPlatformClient(emulator)
      await createApp(client, app, 'heroku-postgresql:standard-0')
      const { DATABASE_URL: url = '' } = await client.request<Record<string, string>>(
        'GET',
        `/apps/${app}/config-vars`,
      )
      const project = join(directory, 'project')
      await createProject(project, url)
      const environment = {
        PATH: `/usr/bin:${process.env['PATH'] ?? ''}`,
        HOME: directory,
        ...gitEnvironment,
        ...withoutCertificates(emulator.environment),
      }
      await expectAllJudged(project, environment)
      return compare(
        check(project, environment),
        showMigrations(project, { ...environment, DATABASE_URL: url }),
      )
    }),
  )
  return report(ours, theirs)
}

/** Everything of Django itself is applied, and the first migration of the shop. */
async function createProject(directory: string, url: string): Promise<void> {
  const context = { directory, url }
  await writeFiles(directory, { '.gitignore': '__pycache__/\n' })
  await generateDjango(directory, ['shop'])
  const installed = ['auth', 'contenttypes', 'sessions'].map((name) => `'django.contrib.${name}'`).join(', ')
  await appendFile(join(directory, 'site_settings/settings.py'), `INSTALLED_APPS += [${installed}]\n`)
  await writeFiles(directory, shopMigrations(pendingMigrations))
  for (const words of [['auth'], ['contenttypes'], ['sessions'], ['shop', '0001']])
    await manage(context, 'migrate', ...words)
  await createRepository(directory, {})
}

type Environment = Readonly<Record<string, string>>

/**
 * A check speaks to the emulator without TLS. Its certificates would make Node 20 read all that it trusts before it begins, which takes
 * longer than to start it does; who deploys to Heroku names none.
 */
function withoutCertificates({ NODE_EXTRA_CA_CERTS: _, ...environment }: Environment): Environment {
  return environment
}

/** What judges less than everything is not fast. */
async function expectAllJudged(directory: string, environment: Environment): Promise<void> {
  const { stdout } = await runLockkeeper(['check', '--app', app, '--json'], { directory, environment })
  const { migrations } = JSON.parse(stdout) as { migrations: readonly { verdict: string }[] }
  const judged = migrations.filter(({ verdict }) => verdict !== 'unknown')
  if (judged.length !== pendingMigrations)
    throw new Error(`${judged.length} of ${pendingMigrations} migrations were judged:\n${stdout}`)
}

/** The tables are empty, so that all is safe. */
function check(cwd: string, env: Environment): Command {
  const parameters = [lockkeeperCommand, 'check', '--app', app]
  return { file: process.execPath, parameters, options: { cwd, env }, expected: [0] }
}

function showMigrations(cwd: string, env: Environment): Command {
  return {
    file: debianPython,
    parameters: ['manage.py', 'showmigrations'],
    options: { cwd, env },
    expected: [0],
  }
}

function report(ours: number, theirs: number): boolean {
  const ratio = ours / theirs
  process.stdout.write(
    [
      `check: Django with ${pendingMigrations} pending migrations`,
      `  check            ${ours.toFixed(2)} s; manage.py showmigrations ${theirs.toFixed(2)} s`,
      `  ratio            ${ratio.toFixed(2)} (at most ${bound})`,
      '',
    ].join('\n'),
  )
  return ratio <= bound
}
