import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { debianPython } from './django-project.ts'
import { writeFiles } from './project.ts'

const run = promisify(execFile)

/** A project made by Alembic's own generator, on the database of DATABASE_URL. */
export async function generateAlembic(
  directory: string,
  python = debianPython,
  ...options: readonly string[]
): Promise<void> {
  await run(python, ['-m', 'alembic', 'init', ...options, 'alembic'], { cwd: directory })
  const path = join(directory, 'alembic/env.py')
  const text = await readFile(path, 'utf8')
  const address = `import os
config.set_main_option('sqlalchemy.url', os.environ['DATABASE_URL'].replace('postgres://', 'postgresql://', 1))
`
  await writeFile(path, text.replace('config = context.config\n', `config = context.config\n${address}`))
}

/** A project made by Flask-Migrate's own generator. */
export async function generateFlask(directory: string): Promise<void> {
  const app = `import os
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_migrate import Migrate

app = Flask(__name__)
app.config['SQLALCHEMY_DATABASE_URI'] = os.environ['DATABASE_URL'].replace('postgres://', 'postgresql://', 1)
db = SQLAlchemy(app)
Migrate(app, db)
`
  await writeFiles(directory, { 'app.py': app })
  const env = { ...process.env, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }
  await run(debianPython, ['-m', 'flask', 'db', 'init'], { cwd: directory, env })
}

interface Branch {
  readonly label?: string | null
  readonly dependsOn?: string | null
}

/** The text of a revision. */
export function revision(
  id: string,
  down: string | readonly string[] | null,
  upgrade: string,
  downgrade = 'pass',
  { label = null, dependsOn = null }: Branch = {},
): string {
  const [before, branch, needs] = [down, label, dependsOn].map((value) =>
    value === null ? 'None' : JSON.stringify(value),
  )
  return `"""${id} for short"""
import sqlalchemy as sa
from alembic import op

revision = '${id}'
down_revision = ${before}
branch_labels = ${branch}
depends_on = ${needs}

def upgrade():
    ${upgrade}

def downgrade():
    ${downgrade}
`
}
