/** Python as Django's own writer writes it, with the imports that it needs. */
export interface Written {
  readonly code: string
  readonly imports: readonly string[]
}

/** What the operations of a migration make of a field. */
export interface FieldState {
  /** Null for what Django's writer cannot write. */
  readonly field: Written | null
  readonly preserveDefault: boolean
  /** The migration adds the field; otherwise it changes it. */
  readonly added: boolean
  /** The first statement that Django sends for a new one: it has the default that the next one drops. */
  readonly sql: string | null
}

/** What Django calls a table that a migration changes, and what the migration's own operations make of its model. */
export interface DjangoTable {
  readonly model: string
  /** By column, the names of the fields that the operations name. */
  readonly fields: Readonly<Record<string, string>>
  /** By column. */
  readonly states: Readonly<Record<string, FieldState>>
  readonly indexes: Readonly<Record<string, Written | null>>
  readonly constraints: Readonly<Record<string, Written | null>>
  /** What unique_together becomes, with the columns of each of its sets. */
  readonly together: readonly {
    readonly columns: readonly (readonly string[])[]
    readonly value: Written | null
  }[]
}

/** By the names of their tables, as the catalog has them. */
export type DjangoModels = Readonly<Record<string, DjangoTable>>
