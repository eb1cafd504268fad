import type { AlterTableCmd, Constraint, Node } from 'libpg-query'
import type { Draft } from './forms/form.ts'
import { allOf, as, tagOf, within, type NodeOf, type Tag } from './nodes.ts'

/** Something that a version of Postgres was the first to understand. */
interface Newer {
  readonly since: number
  /** As people write it. */
  readonly what: string
  /** The statements in which it stands. */
  readonly statements: readonly Tag[]
  readonly isIn: (parts: Parts) => boolean
}

/** A statement, and what is looked at in it more than once. */
interface Parts {
  readonly node: Node
  readonly commands: readonly AlterTableCmd[]
  readonly constraints: readonly Constraint[]
}

function partsOf(node: Node): Parts {
  const commands = allOf(as(node, 'AlterTableStmt')?.cmds, 'AlterTableCmd')
  return { node, commands, constraints: within(node, 'Constraint') }
}

const tables = ['AlterTableStmt', 'CreateStmt'] as const

function command(what: string, since: number, fits: (command: AlterTableCmd) => boolean): Newer {
  return { since, what, statements: ['AlterTableStmt'], isIn: ({ commands }) => commands.some(fits) }
}

function constraint(what: string, since: number, fits: (constraint: Constraint) => boolean): Newer {
  return { since, what, statements: tables, isIn: ({ constraints }) => constraints.some(fits) }
}

function option(what: string, since: number, statements: readonly Tag[], name: string): Newer {
  const isIn = ({ node }: Parts) => within(node, 'DefElem').some(({ defname }) => defname === name)
  return { since, what, statements, isIn }
}

function clause<T extends Tag>(
  what: string,
  since: number,
  tag: T,
  fits: (statement: NodeOf<T>) => boolean,
): Newer {
  const isIn = ({ node }: Parts) => {
    const statement = as(node, tag)
    return statement !== undefined && fits(statement)
  }
  return { since, what, statements: [tag], isIn }
}

const enforceable = new Set<Constraint['contype']>(['CONSTR_CHECK', 'CONSTR_FOREIGN'])
const publications: readonly Tag[] = ['CreatePublicationStmt', 'AlterPublicationStmt']

const newer: readonly Newer[] = [
  command('DETACH PARTITION CONCURRENTLY', 14, ({ subtype, def }) =>
    subtype === 'AT_DetachPartition' ? as(def, 'PartitionCmd')?.concurrent === true : false,
  ),
  command('DETACH PARTITION FINALIZE', 14, ({ subtype }) => subtype === 'AT_DetachPartitionFinalize'),
  command('SET COMPRESSION', 14, ({ subtype }) => subtype === 'AT_SetCompression'),
  {
    since: 14,
    what: 'COMPRESSION of a column',
    statements: tables,
    isIn: ({ node }) => within(node, 'ColumnDef').some(({ compression }) => compression !== undefined),
  },
  clause('CREATE OR REPLACE TRIGGER', 14, 'CreateTrigStmt', ({ replace }) => replace === true),
  clause(
    'a function body in standard SQL',
    14,
    'CreateFunctionStmt',
    ({ sql_body: body }) => body !== undefined,
  ),
  clause('statistics of expressions', 14, 'CreateStatsStmt', ({ exprs }) =>
    allOf(exprs, 'StatsElem').some(({ expr }) => expr !== undefined),
  ),
  clause('options of REINDEX in brackets', 14, 'ReindexStmt', ({ params }) =>
    allOf(params, 'DefElem').some(({ defname, arg }) => defname === 'tablespace' || arg !== undefined),
  ),
  clause('MERGE', 15, 'MergeStmt', () => true),
  clause('NULLS NOT DISTINCT', 15, 'IndexStmt', (index) => index.nulls_not_distinct === true),
  constraint('NULLS NOT DISTINCT', 15, (one) => one.nulls_not_distinct === true),
  constraint('ON DELETE SET of some columns', 15, ({ fk_del_set_cols: columns = [] }) => columns.length > 0),
  command('SET ACCESS METHOD', 15, ({ subtype }) => subtype === 'AT_SetAccessMethod'),
  option('security_invoker', 15, ['ViewStmt', 'AlterTableStmt'], 'security_invoker'),
  clause('UNLOGGED sequences', 15, 'CreateSeqStmt', ({ sequence }) => sequence?.relpersistence === 'u'),
  {
    since: 15,
    what: 'publications of schemas, of columns and of some rows',
    statements: publications,
    isIn: ({ node }) =>
      within(node, 'PublicationObjSpec').some(
        ({ pubobjtype, pubtable }) =>
          pubobjtype !== 'PUBLICATIONOBJ_TABLE' ||
          pubtable?.whereClause !== undefined ||
          (pubtable?.columns ?? []).length > 0,
      ),
  },
  clause('statistics without a name', 16, 'CreateStatsStmt', ({ defnames = [] }) => defnames.length === 0),
  {
    since: 16,
    what: 'STORAGE of a new column',
    statements: tables,
    isIn: ({ node }) => within(node, 'ColumnDef').some(({ storage_name: name }) => name !== undefined),
  },
  clause('REINDEX of a database without its name', 16, 'ReindexStmt', ({ kind, relation, name }) => {
    const isWhole = kind === 'REINDEX_OBJECT_DATABASE' || kind === 'REINDEX_OBJECT_SYSTEM'
    return isWhole && relation === undefined && (name ?? '') === ''
  }),
  command(
    'SET ACCESS METHOD DEFAULT',
    17,
    ({ subtype, name }) => subtype === 'AT_SetAccessMethod' && name === undefined,
  ),
  clause('MERGE ... RETURNING', 17, 'MergeStmt', ({ returningClause }) => returningClause !== undefined),
  {
    since: 17,
    what: 'WHEN NOT MATCHED BY SOURCE',
    statements: ['MergeStmt'],
    isIn: ({ node }) =>
      within(node, 'MergeWhenClause').some(
        ({ matchKind }) => matchKind === 'MERGE_WHEN_NOT_MATCHED_BY_SOURCE',
      ),
  },
  option('COPY ... ON_ERROR', 17, ['CopyStmt'], 'on_error'),
  constraint('a generated column that is not STORED', 18, ({ contype, generated_kind: kind }) =>
    contype === 'CONSTR_GENERATED' ? kind === 'v' : false,
  ),
  constraint(
    'NOT ENFORCED',
    18,
    (one) =>
      one.contype === 'CONSTR_ATTR_NOT_ENFORCED' ||
      (enforceable.has(one.contype) && one.is_enforced !== true),
  ),
  constraint('a NOT NULL constraint of a table', 18, ({ contype, keys = [] }) =>
    contype === 'CONSTR_NOTNULL' ? keys.length > 0 : false,
  ),
  constraint('WITHOUT OVERLAPS', 18, (one) => one.without_overlaps === true),
  constraint('PERIOD in a foreign key', 18, (one) => one.fk_with_period === true),
  command(
    'ALTER CONSTRAINT ... ENFORCED',
    18,
    ({ def }) => as(def, 'ATAlterConstraint')?.alterEnforceability === true,
  ),
  command(
    'ALTER CONSTRAINT ... INHERIT',
    18,
    ({ def }) => as(def, 'ATAlterConstraint')?.alterInheritability === true,
  ),
]

const byStatement = new Map<Tag, Newer[]>()
for (const one of newer) {
  for (const tag of one.statements) byStatement.set(tag, [...(byStatement.get(tag) ?? []), one])
}

/** What the Postgres of the target is too old to understand: the statement will fail there. Nothing when its version is not known. */
export function tooNew(node: Node, version: number | undefined): Draft[] {
  if (version === undefined) return []
  const candidates = (byStatement.get(tagOf(node)) ?? []).filter(({ since }) => since > version)
  if (candidates.length === 0) return []
  const parts = partsOf(node)
  const first = candidates.find(({ isIn }) => isIn(parts))
  if (first === undefined) return []
  return [
    {
      form: 'newer syntax',
      fails: `Postgres before ${first.since} does not know ${first.what}, and the target has ${version}`,
    },
  ]
}
