import { loadModule } from 'libpg-query'
import { beforeAll, expect, test } from 'vitest'
import type { RecipeStep } from './finding.ts'
import { codeFrameworks, frameworkCode } from './framework-code.ts'

beforeAll(() => loadModule())

const step = (change: Partial<RecipeStep>): RecipeStep => ({
  title: 'Build the index',
  release: 'this release',
  sql: [],
  ...change,
})

test('an index is built with the words of the framework, outside a transaction', () => {
  const index = step({
    sql: ['CREATE INDEX CONCURRENTLY items_code ON items (code, owner_id)'],
    noTransaction: true,
  })
  expect(frameworkCode(index, 'django')).toBe(
    'atomic = False\n\noperations = [\n    AddIndexConcurrently("item", models.Index(fields=["code", "owner_id"], name="items_code")),\n]',
  )
  expect(frameworkCode(index, 'alembic')).toBe(
    'def upgrade():\n    with op.get_context().autocommit_block():\n' +
      '        op.create_index("items_code", "items", ["code", "owner_id"], postgresql_concurrently=True)',
  )
  expect(frameworkCode(index, 'rails')).toBe(
    'disable_ddl_transaction!\n\ndef up\n  add_index :items, [:code, :owner_id], name: "items_code", algorithm: :concurrently\nend',
  )
})

test('what a framework has no words for is SQL, quoted', () => {
  const constraint = step({ sql: [`ALTER TABLE "T" ADD CONSTRAINT k CHECK (a <> '#{x}"') NOT VALID`] })
  const quoted = `"ALTER TABLE \\"T\\" ADD CONSTRAINT k CHECK (a <> '\\#{x}\\"') NOT VALID"`
  expect(frameworkCode(constraint, 'rails')).toBe(`def up\n  execute ${quoted}\nend`)
  expect(frameworkCode(constraint, 'alembic')).toContain('op.execute("ALTER TABLE \\"T\\"')
  expect(frameworkCode(constraint, 'django')).toContain('migrations.RunSQL("ALTER TABLE \\"T\\"')
})

test('a partial index, an expression and an unknown text stay SQL', () => {
  for (const sql of [
    'CREATE INDEX CONCURRENTLY i ON t (a) WHERE b',
    'CREATE INDEX CONCURRENTLY i ON t (lower(a))',
    'CREATE INDEX CONCURRENTLY i ON s.t (a)',
    'something else',
  ])
    expect(frameworkCode(step({ sql: [sql], noTransaction: true }), 'rails')).toContain('execute ')
})

test('a step without SQL has no code', () => {
  for (const framework of codeFrameworks) expect(frameworkCode(step({}), framework)).toBeNull()
})
