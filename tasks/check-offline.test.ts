import { mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { createTestRepository } from '../test/support/git-repository.ts'
import { listProcesses } from '../test/support/processes.ts'
import { until } from '../test/support/until.ts'
import { lockkeeperCommand } from './demo/project.ts'
import { place, withPlace, migration } from '../test/support/check-place.ts'

describe('--offline', () => {
  test('judges the migrations of the project, and says what it takes for granted', async () => {
    await withPlace(async ({ write, check }) => {
      await write({
        'db/migrations/1_a.sql': migration('create table t (a int);'),
        'db/migrations/2_b.sql': migration('drop table u;'),
      })
      const run = await check('--offline')
      expect(run.exitCode).toBe(3)
      expect(run.stdout).toContain('db/migrations/2_b.sql:2:1 unsafe drop-table')
      expect(run.stdout).toContain('Which migrations are applied: all of them count as pending')
    })
  })

  test('with --since judges what the branch adds, with --staged what the next commit adds', async () => {
    const repository = await createTestRepository()
    try {
      const { check } = place(repository.root)
      await repository.write('db/migrations/1_a.sql', migration('drop table t;'))
      await repository.commit('Begin')
      await repository.write('db/migrations/2_b.sql', migration('drop table u;'))
      const since = await check('--offline', '--since', 'trunk')
      expect(since.exitCode).toBe(3)
      expect(since.stdout).not.toContain('1_a')
      expect((await check('--staged')).exitCode).toBe(0)
      repository.git('add', '--all')
      expect((await check('--staged')).exitCode).toBe(3)
      await repository.write('harmless/db/migrations/1_a.sql', migration('create table u (a int);'))
      repository.git('add', '--all')
      await repository.write('message', 'Add u [allow-unsafe-migrations]')
      const harmless = ['--staged', '--directory', 'harmless', '--commit-message', 'message']
      const unneeded = await check(...harmless)
      expect(unneeded.exitCode, unneeded.output).toBe(0)
      expect(unneeded.stdout).toContain(
        'the commit message: the acceptance of every finding ([allow-unsafe-migrations] Add u) is not needed',
      )
      await repository.write('db/migrations/2_b.sql', migration('create table u (a int);'))
      const part = await check('--staged')
      expect(part.stdout).toContain('db/migrations/2_b.sql:2:1 unsafe drop-table')
      expect(part.exitCode).toBe(3)
      await repository.write('message', 'Drop u [allow-unsafe-migrations]')
      const allowed = await check('--staged', '--commit-message', 'message')
      expect(allowed.exitCode).toBe(0)
      expect(allowed.stdout).toContain('Accepted: [allow-unsafe-migrations] Drop u (the commit message)')
      expect((await check('--offline', '--since', 'nowhere')).exitCode).toBe(2)
      await repository.commit('Drop u\n\n[allow-unsafe-migrations]', 'message')
      expect((await check('--offline', '--since', 'HEAD^')).exitCode).toBe(0)
      await repository.write('db/migrations/3_c.sql', migration('drop table v;'))
      const later = await check('--offline', '--since', 'HEAD^')
      expect(later.exitCode).toBe(3)
      expect(later.stdout).toContain('3_c.sql:2:1 unsafe drop-table')
    } finally {
      await repository.remove()
    }
  })

  test('with a folder of migrations written in another way, or behind a link, judges the same files', async () => {
    const repository = await createTestRepository()
    try {
      const { check } = place(repository.root)
      await repository.commit('Begin')
      await repository.write('database/mig/1_a.sql', migration('drop table t;'))
      await symlink('database', join(repository.root, 'linked'))
      repository.git('add', '--all')
      for (const directory of ['database/mig/', './database/mig', 'x/../database/mig', 'linked/mig']) {
        await repository.write('lockkeeper.yml', `migrations: {directory: ${directory}}`)
        repository.git('add', '--all')
        for (const way of [['--staged'], ['--offline', '--since', 'HEAD']]) {
          const run = await check(...way, '--format', 'github')
          expect(run.exitCode, run.output).toBe(3)
          expect(run.stdout).toMatch(/file=(database|linked)\/mig\/1_a\.sql,/)
        }
      }
      const allow =
        'check: {allow: [{rule: drop-table, migration: database/mig/1_a.sql, reason: x, until: 2999-01-01}]}'
      await repository.write('lockkeeper.yml', `migrations: {directory: database//mig/}\n${allow}`)
      expect((await check('--offline')).exitCode).toBe(0)
    } finally {
      await repository.remove()
    }
  })

  test('judges a migration that is changed as one that is added', async () => {
    const repository = await createTestRepository()
    try {
      const { check } = place(repository.root)
      const file = 'db/migrations/4_d.sql'
      await repository.write(file, migration('create table t (a int);'))
      await repository.commit('Begin')
      await repository.write(file, migration('drop table t;'))
      for (const flags of [['--offline', '--since', 'HEAD'], ['--staged']]) {
        repository.git('add', '--all')
        const run = await check(...flags)
        expect(run.exitCode, run.output).toBe(3)
        expect(run.stdout).toContain(`${file}:2:1 unsafe drop-table`)
        expect(run.stdout).toContain(`judged as a new database will run them: ${file}.`)
      }
    } finally {
      await repository.remove()
    }
  })

  test('refuses what the tool would refuse, unless the commit accepts it', async () => {
    await withPlace(async ({ write, check, directory }) => {
      const harmless = (table: string) => migration(`create table ${table} (a int);`)
      await write({ 'db/migrations/1_a.sql': harmless('a'), 'db/migrations/1_b.sql': harmless('b') })
      const run = await check('--offline', '--format', 'junit', '--output', 'report')
      expect(run.exitCode, run.output).toBe(3)
      expect(await readFile(join(directory, 'report'), 'utf8')).toContain('tests="3" failures="1"')
      await write({ message: '[allow-unsafe-migrations] Two of them' })
      const accepted = await check('--offline', '--commit-message', 'message')
      expect(accepted.exitCode, accepted.output).toBe(0)
      expect(accepted.stdout).not.toContain('is not needed')
    })
  })

  test('judges what a command lists without a file, and says that it may not be new', async () => {
    const repository = await createTestRepository()
    try {
      const { check } = place(repository.root)
      const entry = `echo '{"id":"1_x","sql":"drop table t"}'`
      await repository.write(
        'lockkeeper.yml',
        `migrations:\n  framework: command\n  custom:\n    pending: >-\n      ${entry}\n    apply: 'true'\n`,
      )
      await repository.commit('Begin')
      for (const flags of [['--offline', '--since', 'HEAD'], ['--staged']]) {
        const run = await check(...flags)
        expect(run.exitCode, run.output).toBe(3)
        expect(run.stdout).toContain(
          'Whether those are new that have no file; they are judged in any case: 1_x.',
        )
      }
    } finally {
      await repository.remove()
    }
  })

  test('takes accepted risks from comments and the configuration, and reports those that are in vain', async () => {
    await withPlace(async ({ write, check }) => {
      const entry = (rule: string, until: string) =>
        `    - {rule: ${rule}, reason: agreed, until: ${until}}\n`
      await write({
        'db/migrations/1_a.sql': migration(
          '-- lockkeeper: allow drop-table because nobody reads it\ndrop table t;\nalter table u drop c;',
        ),
        'lockkeeper.yml': `check:\n  allow:\n${entry('drop-column', '2999-12-31')}${entry('drop-table', '2020-01-01')}${entry('lose-rows', '2999-12-31')}`,
      })
      const run = await check('--offline')
      expect(run.exitCode, run.output).toBe(0)
      expect(run.stdout).toContain('Accepted: nobody reads it (db/migrations/1_a.sql:2)')
      expect(run.stdout).toContain('the acceptance of drop-table (agreed) ended with 2020-01-01')
      expect(run.stdout).toContain('the acceptance of lose-rows (agreed) is not needed')
      await write({ 'lockkeeper.yml': `check:\n  allow:\n${entry('drop-colum', '2999-12-31')}` })
      const unknown = await check('--offline')
      expect(unknown.exitCode).toBe(2)
      expect(unknown.output).toContain('there is no rule drop-colum. Did you mean drop-column?')
      await write({ 'lockkeeper.yml': `check:\n  allow:\n${entry('drop-column', 'soon')}` })
      const wrong = await check('--offline')
      expect(wrong.exitCode).toBe(2)
      expect(wrong.output).toMatch(/lockkeeper\.yml, line 3: "check\.allow\[0\]\.until"/)
    })
  })

  test('with a folder of migrations that is missing or cannot be read is no check of nothing', async () => {
    await withPlace(async ({ directory, write, check }) => {
      await write({ 'lockkeeper.yml': 'migrations: {directory: sql}' })
      const missing = await check('--offline')
      expect(missing.exitCode).toBe(2)
      expect(missing.output).toContain(
        'migrations.directory in lockkeeper.yml is sql, and there is no such folder',
      )
      await symlink('sql', join(directory, 'sql'))
      const circle = await check('--offline')
      expect(circle.exitCode).toBe(7)
      expect(circle.output).toContain('sql cannot be read: its links lead in a circle (ELOOP)')
    })
  })

  test('leaves nothing behind when it is told to stop', async () => {
    const repository = await createTestRepository()
    const { root } = repository
    try {
      await repository.write('.gitignore', 'tmp\nstarted\n')
      const pending = `pending: echo $$ > ${join(root, 'started')}; exec sleep 600`
      await repository.write(
        'lockkeeper.yml',
        `migrations:\n  framework: command\n  custom:\n    ${pending}\n    apply: 'true'\n`,
      )
      await repository.commit('Begin')
      await repository.write('not-staged', '')
      await mkdir(join(root, 'tmp'))
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
        const run = execa(process.execPath, [lockkeeperCommand, 'check', '--staged'], {
          cwd: root,
          env: { TMPDIR: join(root, 'tmp') },
          reject: false,
        })
        const started = () => readFile(join(root, 'started'), 'utf8').catch(() => '')
        await until(async () => (await started()) !== '')
        run.kill(signal)
        expect((await run).signal).toBe(signal)
        expect(await readdir(join(root, 'tmp'))).toEqual([])
        const asked = Number(await started())
        await until(async () => (await listProcesses()).every(({ pid }) => pid !== asked))
        await rm(join(root, 'started'))
      }
    } finally {
      await repository.remove()
    }
  })

  test('without a framework says so', async () => {
    await withPlace(async ({ check }) => {
      const run = await check('--offline')
      expect(run.exitCode).toBe(0)
      expect(run.stdout).toContain('none was recognised')
    })
  })
})
