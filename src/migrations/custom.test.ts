import { expect, test } from 'vitest'
import { sharedPostgres } from '../../test/support/shared-postgres.ts'
import { projectContext, withProject } from '../../test/support/project.ts'
import { custom } from './custom.ts'
import { findFramework } from './frameworks.ts'

const server = sharedPostgres()

const commands = {
  pending: `for id in a b; do grep -qx $id done && flag=true || flag=false; echo "{\\"id\\": \\"$id\\", \\"applied\\": $flag, \\"sql\\": \\"select 1\\", \\"reverse\\": true}"; done`,
  apply: `test -n "$DATABASE_URL" && for id in $LOCKKEEPER_MIGRATIONS; do test $id != "$POISON" || exit 3; echo $id >> done; done`,
  reverse: `for id in $LOCKKEEPER_MIGRATIONS; do sed -i "/^$id$/d" done; done`,
}

test('asks the commands of the project, and believes only the list', async () => {
  await withProject({ done: '' }, async (directory) => {
    const context = projectContext(directory, await server.createDatabase(), { custom: commands })
    expect(await findFramework(directory, context.config)).toBe(custom)
    expect((await custom.read(context)).pending).toMatchObject([
      { id: 'a', sql: 'select 1', transaction: true, reverse: { available: true, sql: null } },
      { id: 'b' },
    ])
    expect(await custom.apply(context, { count: 1 })).toMatchObject({ ok: true, applied: ['a'] })
    const poison = { ...context.config.migrations, environment: { POISON: 'b' } }
    const failed = await custom.apply({ ...context, config: { ...context.config, migrations: poison } })
    expect(failed).toMatchObject({ ok: false, exitCode: 3, applied: [] })
    expect(failed.reason).toContain('b was not applied')
    expect(await custom.apply(context)).toMatchObject({ ok: true, applied: ['b'] })
    expect((await custom.read(context)).applied).toEqual(['a', 'b'])
    expect(await custom.reverse(context, ['b', 'a'])).toMatchObject({ ok: true, applied: ['b', 'a'] })
  })
})

test('is told what is applied and gone from disk', async () => {
  await withProject({}, async (directory) => {
    const pending = `echo '{"id":"1","missing":true}'; echo '{"id":"2"}'`
    const context = projectContext(directory, await server.createDatabase(), {
      custom: { pending, apply: 'true' },
    })
    expect(await custom.read(context)).toMatchObject({
      applied: ['1'],
      missing: ['1'],
      pending: [{ id: '2' }],
    })
  })
})

test('takes no line of the SQL for a line of a file of code', async () => {
  await withProject({}, async (directory) => {
    const pending = ['a.sql', 'b.js'].map(
      (file) => `echo '{"id":"${file}","file":"${file}","sql":"select 1"}'`,
    )
    const context = projectContext(directory, await server.createDatabase(), {
      custom: { pending: pending.join('; '), apply: 'true' },
    })
    const { pending: found } = await custom.read(context)
    expect(found.map(({ file, generated = false }) => [file, generated])).toEqual([
      ['a.sql', false],
      ['b.js', true],
    ])
  })
})

test('says what is wrong with the commands, without the secret', async () => {
  await withProject({}, async (directory) => {
    const url = (await server.createDatabase()).replace('postgres@', 'postgres:hush@')
    const context = (pending: string) =>
      projectContext(directory, url, { custom: { pending, apply: 'true' } })
    await expect(custom.read(context('echo nonsense'))).rejects.toThrow('JSON objects with an id')
    await expect(custom.read(context('echo $DATABASE_URL >&2; exit 2'))).rejects.toThrow('It said: [hidden]')
    for (const before of ['Connecting to', 'x'.repeat(60), 'x'.repeat(190)]) {
      const printed = custom.read(context(`echo "${before} $DATABASE_URL"`))
      await expect(printed).rejects.toThrow(
        /printed: (Connecting to \[hidden\]|x* \[hidden\]|a line of \d+ characters)$/,
      )
    }
    const misspelt = custom.read(context(`echo '{"id":"a","transaciton":false}'`))
    await expect(misspelt).rejects.toThrow(
      'an object with the key transaciton. Its keys can be: id, name, file, sql,',
    )
    const node = `printf 'TypeError: no\\n    at x.js:1\\n\\nNode.js v22.0.0\\n' >&2; exit 1`
    await expect(custom.read(context(node))).rejects.toThrow('It said: TypeError: no')
    await expect(custom.read(context(`echo '{"id":"a"}'; echo '{"id":"a"}'`))).resolves.toMatchObject({
      problems: ['migrations.custom.pending lists a more than once.'],
    })
    expect(await custom.reverse(context('true'), ['a'])).toMatchObject({ ok: false })
    const { config } = projectContext(directory, url, { framework: 'command' })
    await expect(custom.read({ directory, url, config })).rejects.toThrow('does not say which commands')
  })
})
