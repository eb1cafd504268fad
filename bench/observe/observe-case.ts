import { withConnection } from '../../src/postgres/connection.ts'
import { as } from '../../src/safety/nodes.ts'
import { loadParser, parseMigration, type Statement } from '../../src/safety/parse.ts'
import type { Truth, UntoldCase } from '../accuracy/case.ts'
import { pendingCase } from '../accuracy/pending-case.ts'
import { blockers } from './blockers.ts'
import { majorVersion, readCatalog, relationsOf, type Catalog } from './catalog.ts'
import { fillTables } from './fill.ts'
import { lossesOf, readContents, type Contents } from './losses.ts'
import { brokenProbes, oldProbes, type Probe } from './probes.ts'
import { runStatements, type Before, type Run } from './run.ts'
import { truthOf } from './truth.ts'
import { strongest } from './work.ts'

/** A schema with rows, and what is known of it before. */
export interface Prepared {
  readonly version: number
  readonly catalog: Catalog
  readonly contents: ReadonlyMap<number, Contents>
  readonly probes: readonly Probe[]
}

/** Makes the schema of a case in the database at `url` and fills its tables. */
export async function prepare(url: string, setup: string): Promise<void> {
  await withConnection(url, async (client) => {
    await client.query(setup)
    await fillTables(client)
    await client.query('analyze')
  })
}

/** Looks at a prepared database. The queries that are tried leave traces: it is a copy that nothing else uses. */
export async function look(url: string): Promise<Prepared> {
  return withConnection(url, async (client) => {
    const catalog = await readCatalog(client)
    const contents = await readContents(client, catalog)
    return {
      version: await majorVersion(client),
      catalog,
      contents,
      probes: await oldProbes(client, catalog),
    }
  })
}

/** Runs a case on copies of its prepared database, and tells what it did. */
export async function observe(
  given: UntoldCase,
  prepared: Prepared,
  copy: () => Promise<string>,
): Promise<Truth> {
  await loadParser()
  const { statements, error } = parseMigration(pendingCase(given))
  if (error !== null) return refused(prepared, error.message)
  const before: Before = {
    relations: prepared.catalog.relations,
    tables: relationsOf(prepared.catalog, 'r').map((relation) => ({
      relation,
      rows: prepared.contents.get(relation.oid)?.rows ?? 0,
    })),
  }
  const together = statements.every(({ inTransaction }) => inTransaction)
  const url = await copy()
  const run = await runStatements(url, statements, before, { together, blocker: null })
  const whole = await withBlockedLocks(run, statements, before, copy)
  return withConnection(url, async (client) => {
    const after = await readCatalog(client)
    // A value is made one of its old type again under the settings under which it was made one of the new.
    for (const { sql, node } of statements)
      if (run.error === null && isOfValues(node)) await client.query(sql)
    const contents = await readContents(client, after, prepared.catalog.columns)
    return truthOf({
      version: prepared.version,
      run: whole,
      before: prepared.catalog,
      after,
      broken: run.error === null ? await brokenProbes(client, prepared.probes, prepared.catalog) : [],
      losses: lossesOf(prepared, { catalog: after, contents }),
    })
  })
}

/** Whether a statement sets how values are written, and not who asks or what names mean: the running release has that from its own. */
function isOfValues(node: Statement['node']): boolean {
  const setting = as(node, 'VariableSetStmt')?.name
  return setting !== undefined && !['search_path', 'role', 'session_authorization'].includes(setting)
}

/** The locks of statements that refuse a transaction show when somebody is in their way: they are run again, once for each blocker. */
async function withBlockedLocks(
  run: Run,
  statements: readonly Statement[],
  before: Before,
  copy: () => Promise<string>,
): Promise<Run> {
  if (!run.work.some(({ refusesTransaction }) => refusesTransaction)) return run
  let work = run.work
  for (const blocker of blockers) {
    const blocked = await runStatements(await copy(), statements, before, { together: false, blocker })
    work = work.map((one, index) =>
      one.refusesTransaction ? { ...one, held: strongest([one.held, blocked.work[index]?.held]) } : one,
    )
  }
  return { ...run, work }
}

function refused({ version, catalog }: Prepared, message: string): Truth {
  const run = { work: [], error: { message, code: '42601' }, leftOpen: false }
  return truthOf({
    version,
    run,
    before: catalog,
    after: catalog,
    broken: [],
    losses: { lost: [], changed: [] },
  })
}
