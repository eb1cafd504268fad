import type { Break, LockMode, Names, Thing, Work } from '../effect.ts'
import type { Known, World } from '../known.ts'
import type { NodeOf, Tag } from '../nodes.ts'
import type { Clause, Statement } from '../parse.ts'

/** Where a form stands: its statement and the world in which it will run. */
export interface Context {
  readonly statement: Statement
  readonly world: World
  /** The functions in which it stands, the outermost first. */
  readonly callers: readonly string[]
  /** Judges a statement of a block or a function as if it stood alone. */
  readonly judge: (inner: Omit<Context, 'judge'>) => readonly Draft[]
}

/** What a form says of one statement and one relation; everything left out is 'nothing'. */
export interface Draft {
  /** A few words such as 'drop column'. Rules are keyed by it. */
  readonly form: string
  /** The part of the statement that does it; absent for the whole. */
  readonly clause?: Clause | undefined
  readonly relation?: string
  /** The relation is an index of this table: whoever waits for its lock waits for the table. */
  readonly indexOf?: string
  readonly lock?: LockMode
  /** Whether the relation was new when a statement inside of code was judged: what follows in the code may make one of its name. */
  readonly fresh?: boolean
  /** Nobody waits for the lock, strong as it is. */
  readonly blocksNobody?: boolean
  readonly work?: Work | undefined
  /** What the work reads besides. */
  readonly sources?: readonly string[]
  /** For how many seconds it sleeps; Infinity where only its run would tell. */
  readonly sleeps?: number
  /** An index leads to the rows that it works on: the others are not read. */
  readonly byIndex?: boolean
  readonly breaks?: readonly Break[] | undefined
  readonly loses?: string
  readonly tightens?: string | undefined
  readonly reversible?: 'yes' | 'loses new data' | 'no'
  readonly creates?: readonly Thing[]
  readonly drops?: readonly Thing[]
  readonly names?: Partial<Names>
  readonly refusesTransaction?: boolean
  /** Why the statement will fail on the target, when that is known beforehand. */
  readonly fails?: string | undefined
  readonly unknown?: string | undefined
  /** What later statements must know. */
  readonly learn?: (known: Known) => void
}

/** One form or several that share a node: what they do, by relation. */
export type Form<T extends Tag> = (node: NodeOf<T>, context: Context) => readonly Draft[]

/** A form that is not judged: refused with its reason. */
export function unknown(form: string, reason: string, relation?: string): Draft {
  return relation === undefined ? { form, unknown: reason } : { form, relation, unknown: reason }
}
