import { loadModule } from 'libpg-query'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Recipe, RecipeStep } from './finding.ts'
import { codeFrameworks, frameworkCode, type CodeTarget } from './framework-code.ts'

beforeAll(() => loadModule())

const recipe = (...steps: Partial<RecipeStep>[]): Recipe => ({
  title: 'Another way',
  steps: steps.map((change) => ({ title: 'A step', release: 'this release', sql: [], ...change })),
})

const codeOf = (target: CodeTarget, ...steps: Partial<RecipeStep>[]): (string | undefined)[] =>
  frameworkCode(recipe(...steps), target).map((code) => code?.text)

const index = { sql: ['CREATE INDEX CONCURRENTLY items_code ON items (code, owner_id)'], noTransaction: true }

test('an index is built with the words of the framework, outside a transaction, and taken back the same way', () => {
  expect(codeOf({ framework: 'django' }, index)).toEqual([
    `from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    operations = [
        AddIndexConcurrently("item", models.Index(fields=["code", "owner_id"], name="items_code")),
    ]`,
  ])
  expect(codeOf({ framework: 'alembic' }, index)).toEqual([
    `def upgrade():
    with op.get_context().autocommit_block():
        op.create_index("items_code", "items", ["code", "owner_id"], postgresql_concurrently=True)


def downgrade():
    with op.get_context().autocommit_block():
        op.drop_index("items_code", table_name="items", postgresql_concurrently=True)`,
  ])
  expect(codeOf({ framework: 'rails' }, index)).toEqual([
    'disable_ddl_transaction!\n\ndef change\n' +
      '  add_index :items, [:code, :owner_id], name: "items_code", algorithm: :concurrently\nend',
  ])
})

test('names of constraints are final where models have a convention for them', () => {
  const check = { sql: ['ALTER TABLE items ADD CONSTRAINT ck_items_pos CHECK (price > 0) NOT VALID'] }
  const [plain] = codeOf({ framework: 'alembic' }, check)
  expect(plain).toContain('op.create_check_constraint("ck_items_pos", "items"')
  const [code] = codeOf({ framework: 'alembic', namingConvention: true }, check)
  expect(code).toContain('op.create_check_constraint(op.f("ck_items_pos"), "items"')
  expect(code).toContain('op.drop_constraint(op.f("ck_items_pos"), "items", type_="check")')
})

test('what a framework has no words for is SQL, quoted', () => {
  const odd = { sql: [`ALTER TABLE s."T" ADD CONSTRAINT k CHECK (a <> '#{x}":y') NOT VALID`] }
  const [rails] = codeOf({ framework: 'rails' }, odd)
  expect(rails).toContain(
    `execute "ALTER TABLE s.\\"T\\" ADD CONSTRAINT k CHECK (a <> '\\#{x}\\":y') NOT VALID"`,
  )
  expect(rails).toContain(`execute "ALTER TABLE s.\\"T\\" DROP CONSTRAINT k"`)
  // SQLAlchemy would take :y for a parameter.
  expect(codeOf({ framework: 'alembic' }, odd)[0]).toContain(`'#{x}\\"\\\\:y'`)
  expect(codeOf({ framework: 'django' }, odd)[0]).toContain('migrations.RunSQL(')
})

test.each([
  'CREATE INDEX CONCURRENTLY i ON t (a) WHERE b',
  'CREATE INDEX CONCURRENTLY i ON t (lower(a))',
  'CREATE INDEX CONCURRENTLY i ON t (a DESC)',
  'CREATE INDEX CONCURRENTLY i ON t (a) INCLUDE (b)',
  'CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)',
  'CREATE INDEX CONCURRENTLY i ON s.t (a)',
  'something else',
])('what is more than the words of a framework say stays SQL: %s', (sql) => {
  for (const framework of codeFrameworks) {
    const [text = ''] = codeOf({ framework }, { sql: [sql], noTransaction: true })
    expect(text).toContain(JSON.stringify(sql))
  }
})

describe('Django', () => {
  const check = {
    sql: [
      'ALTER TABLE shop_item ADD CONSTRAINT size_is_known CHECK (size IS NOT NULL AND size > 0) NOT VALID',
    ],
  }
  const validate = { sql: ['ALTER TABLE shop_item VALIDATE CONSTRAINT size_is_known'] }
  const condition = 'models.Q(size__isnull=False) & models.Q(size__gt=0)'

  test.each([
    [
      [3, 2],
      `migrations.AddConstraint("item", models.CheckConstraint(check=${condition}, `,
      'migrations.RunSQL(',
    ],
    [
      [4, 2],
      `AddConstraintNotValid("item", models.CheckConstraint(check=${condition}, `,
      'ValidateConstraint(',
    ],
    [
      [5, 2],
      `AddConstraintNotValid("item", models.CheckConstraint(condition=${condition}, `,
      'ValidateConstraint(',
    ],
  ] as const)('%s writes a constraint with the operations that it has', (version, added, validated) => {
    const code = codeOf({ framework: 'django', version, app: 'shop' }, check, validate)
    expect(code[0]).toContain(added)
    expect(code[1]).toContain(validated)
  })

  test('keeps a default in the database where it can, and apart where it cannot', () => {
    const add = { sql: ['ALTER TABLE shop_item ADD COLUMN size integer NOT NULL DEFAULT 0'] }
    const drop = { sql: ['ALTER TABLE shop_item ALTER COLUMN size DROP DEFAULT'] }
    const [old, dropped] = codeOf({ framework: 'django', version: [4, 2], app: 'shop' }, add, drop)
    expect(old).toContain('migrations.AddField("item", "size", models.IntegerField(default=0))')
    expect(old).toContain('database_operations=[')
    expect(dropped).toContain('"ALTER TABLE shop_item ALTER COLUMN size SET DEFAULT 0"')
    const [own, altered] = codeOf({ framework: 'django', version: [5, 0], app: 'shop' }, add, drop)
    expect(own).toContain('migrations.AddField("item", "size", models.IntegerField(db_default=0))')
    expect(own).not.toContain('database_operations')
    expect(altered).toContain('migrations.AlterField("item", "size", models.IntegerField())')
  })

  test('forgets a column one release before the database does', () => {
    const [forgotten, dropped] = codeOf(
      { framework: 'django', app: 'shop' },
      { forgets: { table: 'shop_item', column: 'note' } },
      { sql: ['ALTER TABLE shop_item DROP COLUMN note'] },
    )
    expect(forgotten).toContain('state_operations=[\n                migrations.RemoveField("item", "note"),')
    expect(forgotten).not.toContain('database_operations')
    expect(dropped).toContain('migrations.RunSQL(')
  })
})

test('what gets its own name later is SQL for Django, whose state would keep the other name', () => {
  const [built, checked] = codeOf(
    { framework: 'django' },
    { sql: ['CREATE INDEX CONCURRENTLY items_code_new ON items (code_new)'], noTransaction: true },
    { sql: ['ALTER TABLE items ADD CONSTRAINT known_new CHECK (code_new IS NOT NULL) NOT VALID'] },
    { sql: ['ALTER INDEX items_code_new RENAME TO items_code'] },
    { sql: ['ALTER TABLE items RENAME CONSTRAINT known_new TO known'] },
  )
  expect(built).toContain('migrations.RunSQL(')
  expect(checked).toContain('migrations.RunSQL(')
  const [native] = codeOf({ framework: 'rails' }, index)
  expect(native).toContain('add_index')
})

test('the model of Rails ignores a column before it is dropped', () => {
  const forgets = { table: 'order_categories', column: 'note' }
  expect(codeOf({ framework: 'rails' }, { forgets })).toEqual([
    'class OrderCategory < ApplicationRecord\n  self.ignored_columns += ["note"]\nend',
  ])
})

test('a step without SQL that no framework must be told has no code', () => {
  for (const framework of codeFrameworks) expect(frameworkCode(recipe({}), { framework })).toEqual([null])
})
