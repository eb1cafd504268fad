/** The recipes by name: pure, from the names that a statement uses to the steps that reach the same end. */
export * from './recipes/both-columns.ts'
export * from './recipes/columns.ts'
export * from './recipes/constraints.ts'
export * from './recipes/indexes.ts'
export * from './recipes/migrations.ts'
export * from './recipes/not-null.ts'
export * from './recipes/objects.ts'
export * from './recipes/tables.ts'
