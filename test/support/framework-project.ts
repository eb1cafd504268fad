import { assess } from '../../src/deploy/assess.ts'
import { findFramework } from '../../src/migrations/frameworks.ts'
import type { PendingMigration } from '../../src/migrations/types.ts'
import { withConnection } from '../../src/postgres/connection.ts'
import { readFacts } from '../../src/postgres/facts.ts'
import type { CheckReport } from '../../src/report/check/model.ts'
import { withPrechecks } from '../../src/safety/prechecks.ts'
import type { TestContext } from './project.ts'

export const query = <Row>({ url }: TestContext, sql: string) =>
  withConnection(url, async (client) => (await client.query(sql)).rows as Row[])

export const recognised = async ({ directory, config }: TestContext) =>
  (await findFramework(directory, config))?.name

export const ids = (pending: readonly PendingMigration[]) => pending.map(({ id }) => id)

/** Keeps a table from being altered while `use` runs. */
export async function whileRead<T>({ url }: TestContext, table: string, use: () => Promise<T>): Promise<T> {
  return withConnection(url, async (client) => {
    await client.query(`begin; lock table ${table} in access share mode`)
    return use()
  })
}

/** Judges what is pending in a project with the facts of its database, as the check of an app does. */
export async function checkOn(context: TestContext, lockBudget = 1): Promise<CheckReport> {
  const { directory, config, url } = context
  const state = (await (await findFramework(directory, config))?.read(context)) ?? null
  const { report } = await assess({
    directory,
    pending: state?.pending ?? [],
    complete: true,
    config: { check: { lockBudget, allow: [] } },
    facts: await withConnection(url, readFacts),
    precheck: (judgement, facts) => withConnection(url, (client) => withPrechecks(client, judgement, facts)),
    app: 'example',
    prefix: '',
    message: null,
    state,
  })
  return report
}

/** What a check says of each migration, by its id. */
export async function verdicts(context: TestContext): Promise<Record<string, string>> {
  const { migrations } = await checkOn(context)
  return Object.fromEntries(migrations.map(({ id, verdict }) => [id, verdict]))
}
