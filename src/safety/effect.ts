import type { ConstraintFacts, IndexFacts, TableConstraint } from '../postgres/facts.ts'
import { lockModes, type LockMode } from '../postgres/lock-modes.ts'
import type { Clause, JudgedStatement } from './parse.ts'

export { lockModes, type LockMode } from '../postgres/lock-modes.ts'

/** What a statement does to a relation in proportion to its size. */
export type Work = 'nothing' | 'scan' | 'index build' | 'rewrite' | 'row writes'

/** A way in which queries of the running release fail afterwards. */
export interface Break {
  readonly what: 'read' | 'insert' | 'update' | 'on conflict' | 'object'
  /** A clause that completes 'the running release fails, because ...'. */
  readonly why: string
}

/** The names that a statement uses, for messages and recipes. As the user wrote them, quoted where SQL needs it. */
export interface Names {
  readonly table: string
  /** The column by which a row of the table is known for as long as it lives, where the target has one. */
  readonly key?: string | undefined
  readonly column?: string
  readonly newName?: string
  readonly type?: string
  /** Of a column whose type changes: the one that it had. */
  readonly oldType?: string
  /** Of an enum. */
  readonly labels?: readonly string[]
  readonly expression?: string | undefined
  readonly constraint?: string
  readonly index?: string
  readonly columns?: readonly string[]
  /** Those of them that are known to be NOT NULL. */
  readonly notNull?: readonly string[]
  readonly referenced?: string
  readonly referencedColumns?: readonly string[]
  /** The statement or the clause as Postgres prints it, for recipes that keep most of it. */
  readonly definition?: string
  /** Of a column that the statement adds. */
  readonly clauses?: readonly ColumnClause[] | undefined
  /** Of a unique constraint or a primary key that it adds. */
  readonly keyClauses?: KeyClauses
  /** Of a domain that it names: the type below it. */
  readonly baseType?: string | undefined
  /** Where the table has to be worked on partition by partition: its partitions; none when they are partitioned themselves. */
  readonly partitions?: readonly string[]
  /** Of an index: what the statement says after the table. */
  readonly indexed?: string
  /** Of an index: what it is over, as the name says that Postgres makes up: 'expr' for an expression. */
  readonly over?: readonly string[]
  /** Of a column that another one is to take the place of, where the target was asked. */
  readonly parts?: ColumnParts | undefined
}

/** What a column has beside its type and its values, and what is made of it. */
export interface ColumnParts {
  readonly notNull: boolean
  readonly hasDefault: boolean
  /** As Postgres prints it; undefined where the pending migrations changed it. */
  readonly defaultValue: string | undefined
  /** The sequence that numbers it, qualified. */
  readonly sequence: string | undefined
  readonly ownsSequence: boolean
  readonly identity: 'always' | 'by default' | undefined
  /** What is said of the sequence of the identity; null where nothing is, undefined where that is not told. */
  readonly identityOptions: string | null | undefined
  readonly isGenerated: boolean
  /** Those of its constraints as well. */
  readonly indexes: readonly IndexFacts[]
  readonly constraints: readonly ConstraintFacts[]
  /** The foreign keys that point at it. */
  readonly referencing: readonly TableConstraint[]
  /** Of a partitioned table. */
  readonly partitions?: readonly string[]
}

/** What follows the type of a column that is added: 'CONSTRAINT size_positive CHECK (size > 0)'. */
export interface ColumnClause {
  readonly kind: ColumnClauseKind
  /** As the user wrote it. */
  readonly text: string
  /** Of a constraint: its name, or the one that Postgres gives it, and what it says without it. */
  readonly name: string
  readonly definition: string
  readonly keyClauses?: KeyClauses
}

export type ColumnClauseKind =
  | 'not null'
  | 'default'
  | 'volatile default'
  | 'identity'
  | 'generated'
  | 'check'
  | 'references'
  | 'unique'
  | 'primary key'
  | 'other'

/** What a unique constraint or a primary key says beside its columns: each '' or with a space before it. */
export interface KeyClauses {
  /** What is its index's: ' INCLUDE (price)'. */
  readonly ofIndex: string
  /** What is its own: ' DEFERRABLE'. */
  readonly ofConstraint: string
}

/** What one statement does to one relation. */
export interface Effect {
  /** The form: a few words such as 'drop column'. Rules are keyed by it. */
  readonly form: string
  readonly statement: JudgedStatement
  /** The part of the statement that does it, where several do something. */
  readonly clause?: Clause | undefined
  /**
   * As written, or where the pending migrations gave it that name, as before: 'items' or 'shop.items'. Empty when the statement touches
   * no relation.
   */
  readonly relation: string
  /** The strongest lock that the statement takes on the relation. Null when there is none, or it is new. */
  readonly lock: LockMode | null
  /** Work on the relation, whatever the lock. */
  readonly work: Work
  /** What the work reads besides: it takes longer, the larger these are. */
  readonly sources: readonly string[]
  /** Work done while writers or readers wait for a lock of this transaction: `work` or 'nothing'. */
  readonly underLock: Work
  readonly scans: boolean
  readonly rewrites: boolean
  readonly breaks: readonly Break[]
  /** What is gone for good afterwards: 'the column items.note and its values'. */
  readonly loses: string | null
  /** Which writes fail from now on: 'rows with a NULL in items.note'. */
  readonly tightens: string | null
  /** Whether undoing brings everything back. */
  readonly reversible: 'yes' | 'loses new data' | 'no'
  readonly creates: readonly Thing[]
  readonly drops: readonly Thing[]
  readonly names: Names
  /** The statement refuses to run inside a transaction. */
  readonly refusesTransaction: boolean
  /** The relation did not exist before the pending migrations: nobody waits for it. */
  readonly isNew: boolean
  /**
   * The blocking locks on existing relations that the transaction holds while this work is done, this statement's included: the
   * newest, where they are very many.
   */
  readonly held: readonly HeldLock[]
  /** For how many seconds it sleeps; Infinity where only its run would tell. */
  readonly sleeps: number
  /** Why it will fail on the target, when that is known beforehand. */
  readonly fails: string | null
  /** Why the effect cannot be told. */
  readonly unknown: string | null
}

export interface HeldLock {
  readonly relation: string
  readonly lock: LockMode
}

export type ThingKind =
  | 'table'
  | 'column'
  | 'index'
  | 'constraint'
  | 'view'
  | 'type'
  | 'sequence'
  | 'function'
  | 'schema'
  | 'extension'

/** An object that a statement creates or drops. */
export interface Thing {
  readonly kind: ThingKind
  /** 'items', or 'items.note' for a column or a constraint. */
  readonly name: string
}

const share = lockModes.indexOf('SHARE')

/** True when holding `mode` makes other sessions' writes (or more) wait. */
export function blocksWriters(mode: LockMode | null): boolean {
  return mode !== null && lockModes.indexOf(mode) >= share
}
