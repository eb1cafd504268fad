import type pg from 'pg'
import { PreconditionError } from '../errors.ts'
import { readCatalogs } from './catalog-transaction.ts'
import { createFacts } from './fact-lookups.ts'
import * as queries from './fact-queries.ts'

export interface ColumnFacts {
  /** As Postgres prints it: 'character varying(20)'. */
  readonly type: string
  readonly notNull: boolean
  readonly hasDefault: boolean
  /** As Postgres prints it; null where there is none, or the pending migrations gave it. */
  readonly defaultValue?: string | null
  /** Of an identity: what is said of its sequence, 'START WITH 100 CACHE 20'; null where it is the usual one, undefined where that is not told. */
  readonly identityOptions?: string | null | undefined
  /** The type without its modifier, qualified; of an array, that of its elements: 'public.mood'. */
  readonly typeName?: string
  readonly collation?: string | null
  readonly identity?: 'always' | 'by default' | null
  readonly generated?: 'stored' | 'virtual' | null
  /** The views that read it: Postgres then refuses to change its type. */
  readonly views?: readonly string[]
  /** What else keeps it as it is: it is in the condition of a trigger or a policy, or a publication chooses rows or columns by it. */
  readonly neededBy?: readonly {
    readonly kind: 'trigger' | 'policy' | 'publication'
    readonly name: string
  }[]
  /** The columns of its table that Postgres makes of it. */
  readonly generates?: readonly string[]
  /** The sequence that numbers it, by its default or as an identity. */
  readonly sequence?: string | null
  /** Whether the sequence goes when the column goes. */
  readonly ownsSequence?: boolean
}

/** A column with its place. */
export interface TableColumn extends ColumnFacts {
  /** Qualified. */
  readonly table: string
  readonly name: string
}

export interface ConstraintFacts {
  readonly name: string
  readonly kind: 'check' | 'foreign key' | 'primary key' | 'unique' | 'exclude' | 'not null' | 'other'
  readonly validated: boolean
  readonly columns: readonly string[]
  /** As pg_get_constraintdef prints it. */
  readonly definition: string
  /** Of a foreign key: the table that it points at, qualified. */
  readonly references?: string | null
  readonly referencedColumns?: readonly string[] | null
  /** The table has it from the one that it is a partition or a child of. */
  readonly inherited?: boolean
  /** Of a foreign key: a deleted row takes its referencing rows along, or changes them. */
  readonly changesOnDelete?: boolean
}

export interface TableConstraint extends ConstraintFacts {
  /** Qualified. */
  readonly table: string
}

export interface IndexFacts {
  /** Qualified: 'public.items'. */
  readonly table: string
  readonly unique: boolean
  /** In the index's order; null for an expression. */
  readonly columns: readonly (string | null)[]
  /** Qualified. */
  readonly name?: string
  /** Every column that it needs, those of its expressions and of its condition as well. */
  readonly uses?: readonly string[]
  readonly isPrimary?: boolean
  /** Subscribers of a publication tell the rows apart by it. */
  readonly isReplicaIdentity?: boolean
  /** False for what a failed concurrent build left behind. */
  readonly valid?: boolean
  readonly ofConstraint?: boolean
  /** It has a condition: not every row is in it. */
  readonly partial?: boolean
  /** CLUSTER without an index takes this one. */
  readonly isClustered?: boolean
  readonly tablespace?: string
  /** The index of a partitioned table that it belongs to, qualified. */
  readonly parent?: string | null
  /** As pg_get_indexdef prints it. */
  readonly definition?: string
}

/** A table, a view, a sequence. */
export interface RelationFacts {
  /** Qualified. */
  readonly name: string
  readonly kind: RelationKind
  /** An estimate; null when unknown. */
  readonly rows: number | null
  /** With indexes and toast; of a partitioned table, of all its partitions. */
  readonly bytes: number
  readonly indexBytes: number
  /** The tables that it is a partition or a child of, qualified. */
  readonly parents: readonly string[]
  readonly isPartition: boolean
  /** Of a partition: 'DEFAULT', 'FOR VALUES FROM (0) TO (600)'. */
  readonly bound: string | null
  /** Of a partitioned table: 'RANGE (k)'. */
  readonly partitionKey: string | null
  readonly owner: string
  readonly rowSecurity: boolean
  readonly policies?: readonly PolicyFacts[]
  /** Those that users made. */
  readonly triggers?: readonly TriggerFacts[]
  /** Whether a rule says what a write to it does. */
  readonly hasRules?: boolean
  /** Of a view, materialized or not: its query. */
  readonly definition?: string | null
  /** The views that read it or a part of it, materialized or not. Qualified. */
  readonly readBy?: readonly string[]
  readonly tablespace?: string
  /** Who may do what with it, its owner included once privileges were given: 'reader select', 'public insert' for everybody. */
  readonly privileges?: readonly string[]
  /** The publications that it is in. */
  readonly publications?: readonly string[]
  /** Whether one of them sends what UPDATE and DELETE do: they fail when no replica identity tells which row is meant. */
  readonly publishesUpdates?: boolean
  readonly replicaIdentity?: 'primary key' | 'index' | 'full' | 'nothing'
  readonly unlogged: boolean
  readonly accessMethod: string | null
  /** The composite type that it was made of. */
  readonly ofType: string | null
  readonly lastAnalyze: Date | null
  /** Rows written since the server counts them. */
  readonly writes: number
  readonly writesSinceAnalyze: number
}

export interface PolicyFacts {
  readonly name: string
  /** It lets everybody see and write every row. */
  readonly isOpen: boolean
}

export interface TriggerFacts {
  readonly name: string
  /** Qualified. */
  readonly function: string
}

export interface FunctionFacts {
  /** Qualified. */
  readonly name: string
  /** Whether it may answer differently for every row. */
  readonly volatile: boolean
  readonly language: string
  /** Of a function in SQL that the planner may replace by its text: that text. */
  readonly body: string | null
  /** Of a function or procedure in SQL or PL/pgSQL: its CREATE statement. */
  readonly definition?: string | null
  readonly extension: string | null
  /** The types of its arguments, as Postgres prints them: 'integer, text'. */
  readonly arguments?: string | null
  /** What needs it: without that, it cannot be. */
  readonly usedBy?: readonly FunctionUse[] | null
}

/** Something that calls a function, or needs an extension. */
export interface FunctionUse {
  readonly kind:
    | 'default'
    | 'generated column'
    | 'check'
    | 'policy'
    | 'trigger'
    | 'view'
    | 'rule'
    | 'index'
    | 'partition key'
    | 'other'
  /** The table, view or index, qualified; null for what belongs to none. */
  readonly relation: string | null
  /** Of a column, a constraint, a policy, a trigger. */
  readonly name: string
  /** As Postgres calls it: 'constraint code_check on table items'. */
  readonly description: string
  /** It goes without CASCADE. */
  readonly isAutomatic: boolean
}

/** A type that a user or an extension made. */
export interface TypeFacts {
  /** Qualified. */
  readonly name: string
  readonly kind: 'enum' | 'domain' | 'composite' | 'range' | 'base'
  readonly extension: string | null
  readonly labels: readonly string[] | null
  /** Of a domain: the type below it. */
  readonly base: string | null
  /** Of a domain: whether it has a CHECK or is NOT NULL, so that each row must be checked. */
  readonly constrained: boolean
  /** Of a domain. */
  readonly notNull?: boolean
  readonly hasDefault?: boolean
  readonly constraints: readonly string[]
  /** Of a composite type: whether a column, a function, a view or another type uses it, or code of a function may. */
  readonly isUsed?: boolean | null
  /** Those of the constraints, in the same order: 'CHECK ((VALUE > 0))'. */
  readonly definitions?: readonly string[]
}

export type DomainFacts = Pick<TypeFacts, 'constrained'>

export type RelationKind =
  | 'table'
  | 'partitioned table'
  | 'view'
  | 'materialized view'
  | 'foreign table'
  | 'sequence'
  | 'composite type'

/** Who receives the write-ahead log. */
export interface Replica {
  readonly name: string
  /** Null when the role of the connection may not see it; the lag is then null as well. */
  readonly state: string | null
  /** Seconds that it is behind; null when it is idle or unknown. */
  readonly lag: number | null
  /** Bytes of the log that it has not replayed yet; null when unknown. */
  readonly behind: number | null
  /** Whether it replays the log, so that it can be queried; null when unknown. */
  readonly isStandby: boolean | null
}

export interface ServerFacts {
  /** The major version of Postgres. */
  readonly version: number
  /** The time zone that sessions start with. */
  readonly timeZone: string
  /** The role of this session. */
  readonly user?: string
  /** The server's clock. */
  readonly now: Date
  /** It replays the log of another server, and takes no writes. */
  readonly isStandby: boolean
  /** Sessions of this database or role only read, unless they say otherwise. */
  readonly isReadOnly: boolean
  /** Seconds for which the server has counted writes; null when nobody ever reset the counters. */
  readonly countedFor: number | null
  /** Transactions of other sessions in this database. */
  readonly openTransactions: number
  /** Seconds since the oldest of them began; null when there is none. */
  readonly oldestTransaction: number | null
  readonly replicas: readonly Replica[]
}

/**
 * What a target says of itself. Names are as SQL writes them, with the schema or without ('public' is then meant). Everything
 * beyond the sizes is optional, so that a judgement can be made from less.
 */
export interface Facts {
  /** An estimate; null when unknown or when there is no such table. */
  rows(table: string): number | null
  /** With indexes and toast; null when there is no such table. */
  bytes(table: string): number | null
  /** 'table', 'view', ...; null when there is no such relation. */
  kind?(relation: string): RelationKind | null
  relation?(relation: string): RelationFacts | null
  relations?(): Iterable<RelationFacts>
  /** Partitions and tables that inherit, at every depth. Qualified. */
  descendants?(table: string): readonly string[]
  /** Rows inserted, updated and deleted per second: since the last analyze, else since the counters were reset; null when unknown. */
  writesPerSecond?(table: string): number | null
  column?(table: string, column: string): ColumnFacts | null
  /** In the table's order. */
  columns?(table: string): readonly TableColumn[]
  /** The columns of a type, its arrays included. */
  columnsOfType?(type: string): readonly TableColumn[]
  /** The columns that a sequence numbers. */
  numberedBy?(sequence: string): readonly TableColumn[]
  constraint?(table: string, constraint: string): ConstraintFacts | null
  constraints?(table: string): readonly ConstraintFacts[]
  /** The foreign keys that point at a table. */
  referencing?(table: string): readonly TableConstraint[]
  index?(index: string): IndexFacts | null
  /** The indexes of a table. */
  indexes?(table: string): readonly IndexFacts[]
  /** The major version of Postgres. */
  readonly version?: number
  /** Null when there is no such domain: the type is then of another kind. */
  domain?(type: string): DomainFacts | null
  /** Null for what Postgres itself brings. */
  type?(type: string): TypeFacts | null
  types?(): Iterable<TypeFacts>
  hasExtension?(extension: string): boolean
  /** What needs an extension, and is no part of it. */
  usesOfExtension?(extension: string): readonly FunctionUse[]
  /** The functions of that name; none for what Postgres itself brings. */
  functions?(name: string): readonly FunctionFacts[]
  /** All of them. */
  allFunctions?(): Iterable<FunctionFacts>
  /** Whether the function of that name that Postgres itself brings may answer differently for every row; undefined for none. */
  isVolatileBuiltin?(name: string): boolean | undefined
  /** Whether values of one type can be taken for the other as they are stored. Names as Postgres prints them. */
  hasSameBits?(from: string, to: string): boolean
  /** The roles of the server. */
  readonly roles?: readonly string[]
  readonly publications?: readonly string[]
  /** The databases of the server. */
  readonly databases?: readonly string[]
  /** Who may do what with a schema, once privileges were given: 'public usage'; undefined when there is no such schema. */
  schema?(name: string): readonly string[] | undefined
  /** The table that extended statistics are about. */
  statistics?(name: string): string | null
  /** Whether the running release sends INSERT ... ON CONFLICT for the table; undefined when nobody recorded it. */
  upserts?(table: string): boolean | undefined
  readonly timeZone?: string
  /** The schemas in which the connection looks for a name without one, in their order; a new table is made in the first. Not quoted. */
  readonly searchPath?: readonly string[]
  readonly server?: ServerFacts
}

/** What the catalogs answered. */
export interface CatalogRows {
  readonly relations: readonly RelationFacts[]
  readonly columns: readonly TableColumn[]
  readonly constraints: readonly TableConstraint[]
  readonly indexes: readonly (IndexFacts & { readonly name: string })[]
  readonly server: ServerRow
  /** Texts of statements with ON CONFLICT that the database has seen; null when it records none. */
  readonly upserts: readonly string[] | null
}

export interface ServerRow extends ServerFacts {
  readonly searchPath: readonly string[]
  readonly types: readonly TypeFacts[]
  readonly functions: readonly (FunctionFacts & { readonly builtin: boolean })[]
  readonly sameBits: readonly (readonly [string, string])[]
  readonly statistics: Readonly<Record<string, string>>
  readonly databases: readonly string[]
  readonly roles: readonly string[]
  readonly publications: readonly string[]
  /** What needs them, and is no part of them, by their names. */
  readonly extensions: Readonly<Record<string, readonly FunctionUse[]>>
  readonly schemas: Readonly<Record<string, readonly string[]>>
  /** The view of pg_stat_statements, when it can be read. */
  readonly statementsView: string | null
}

/** Reads the facts from the catalogs, all at once; never a user's table. */
export async function readFacts(client: pg.Client): Promise<Facts> {
  const rowsOf = async <R extends object>(sql: string) => (await client.query<R>(sql)).rows
  return readCatalogs(client, 'public', async () => {
    const relations = await rowsOf<RelationFacts>(queries.relationsQuery)
    const columns = await rowsOf<TableColumn>(queries.columnsQuery)
    const constraints = await rowsOf<TableConstraint>(queries.constraintsQuery)
    const indexes = await rowsOf<CatalogRows['indexes'][number]>(queries.indexesQuery)
    const [server] = await rowsOf<ServerRow>(queries.serverQuery)
    if (server === undefined) throw new Error('Postgres did not say who it is.')
    refuseReadOnly(server)
    const upserts = await readUpserts(client, server.statementsView)
    return createFacts({ relations, columns, constraints, indexes, server, upserts })
  })
}

// What is judged for a database that takes no writes says nothing about the one that the migrations will run on.
function refuseReadOnly({ isStandby, isReadOnly }: ServerFacts): void {
  if (isStandby) {
    throw new PreconditionError(
      'The database is a standby (a follower): it only reads, and no migration can run on it. Name its leader as the database.',
    )
  }
  if (isReadOnly) {
    throw new PreconditionError(
      'The database only reads: default_transaction_read_only is on for it or for its role, and Postgres refuses every migration.',
      { next: ['See which setting it is: select * from pg_db_role_setting'] },
    )
  }
}

async function readUpserts(client: pg.Client, view: string | null): Promise<string[] | null> {
  if (view === null) return null
  const { rows } = await client.query<{ query: string }>(queries.upsertsQuery(view))
  return rows.map(({ query }) => query)
}

export { qualified } from './names.ts'
