import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { writeFiles, type TestContext } from './project.ts'

const run = promisify(execFile)

/** Debian's own Python, for which its packages of the frameworks are. */
export const debianPython = '/usr/bin/python3'

const database = `
from urllib.parse import urlsplit
url = urlsplit(__import__('os').environ['DATABASE_URL'])
DATABASES = {'default': {
    'ENGINE': 'django.db.backends.postgresql', 'HOST': url.hostname, 'PORT': url.port, 'NAME': url.path[1:],
    'USER': url.username, 'PASSWORD': url.password or '',
}}
DEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'
`

/** A project and its apps, made by Django's own generators, on the database of DATABASE_URL. */
export async function generateDjango(
  directory: string,
  apps: readonly string[],
  python = debianPython,
): Promise<void> {
  await run(python, ['-m', 'django', 'startproject', 'site_settings', '.'], { cwd: directory })
  for (const app of apps) await run(python, ['manage.py', 'startapp', app], { cwd: directory })
  await writeFile(join(directory, 'site_settings/urls.py'), 'urlpatterns = []\n')
  const path = join(directory, 'site_settings/settings.py')
  const settings = await readFile(path, 'utf8')
  const installed = `INSTALLED_APPS = [${apps.map((app) => `'${app}'`).join(', ')}]\nMIDDLEWARE = []\n`
  await writeFile(path, `${settings}\n${installed}${database}`)
}

/** Runs manage.py on the test's database. */
export async function manage(
  { directory, url }: Pick<TestContext, 'directory' | 'url'>,
  ...words: readonly string[]
): Promise<string> {
  return manageWith(debianPython, { directory, url }, ...words)
}

/** The same with another Python. */
export async function manageWith(
  python: string,
  { directory, url }: Pick<TestContext, 'directory' | 'url'>,
  ...words: readonly string[]
): Promise<string> {
  const { stdout } = await run(python, ['manage.py', ...words], {
    cwd: directory,
    env: { ...process.env, DATABASE_URL: url },
  })
  return stdout
}

/** The text of a migration in Python. */
export function migration(operations: string, { dependencies = '', extra = '', imports = '' } = {}): string {
  return `${imports}
from django.db import migrations, models

class Migration(migrations.Migration):
    ${extra || 'pass'}
    dependencies = [${dependencies}]
    operations = [
        ${operations}
    ]
`
}

/** An app of hand-written migrations. */
export async function writeMigrations(
  { directory }: TestContext,
  app: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const paths = Object.entries(files).map(([name, text]) => [`${app}/migrations/${name}.py`, text])
  await writeFiles(directory, Object.fromEntries(paths) as Record<string, string>)
}
