import { expect, test } from 'vitest'
import { pendingSql } from '../../test/support/pending-sql.ts'
import type { PendingMigration } from '../migrations/types.ts'
import type { RecipeStep } from './finding.ts'
import { rules } from './rules.ts'
import { judge } from './verdict.ts'

// What the recipes repeat of the statement: names that need quotes, expressions with commas, types with modifiers.
const statements: readonly string[] = [
  ...rules.map(({ bad }) => bad),
  'alter table shop."Order" add column "user" varchar(20) not null',
  'alter table shop."Order" add column "user" uuid not null',
  'alter table t add c text[] not null, add d timestamptz(3) not null, add e numeric(10, 2) not null',
  "alter table t add c text not null default concat(random(), ',', 'x'), add d bigserial",
  'alter table t add c int generated always as (coalesce(a, 1) * 2) stored not null',
  'alter table t add c numeric(10, 2) default 1 references p (id)',
  "alter table t add c text check (c in ('a', 'b')) default 'a'",
  'alter table t add check (c <> \'a,b\'), add constraint "Odd" check (d > 0)',
  'alter table t add foreign key (a, "B") references p (x, y) on delete cascade',
  'alter table t add constraint k unique (a, "B")',
  'alter table t add primary key (a, "B")',
  'alter table t alter "C" type varchar(20) using (left("C", 20))',
  "alter table t alter c type text using (c || '$$')",
  'alter table t rename "C" to d',
  'create unique index if not exists i on t using btree (lower(a), b) where c',
  "update t set c = coalesce(a, 'x') where c is null",
]

/** The migration that a step is; none for a change of the code. */
function migrationOf({ sql, noTransaction }: RecipeStep): PendingMigration[] {
  if (sql.length === 0) return []
  return [pendingSql(sql.join(';\n'), { transaction: noTransaction !== true, singleQuery: false })]
}

for (const sql of statements) {
  test(`the recipe is SQL that Postgres reads, and safer: ${sql.slice(0, 90)}`, async () => {
    const { migrations } = await judge([pendingSql(sql)])
    const steps = migrations.flatMap(({ findings }) => findings.flatMap(({ recipe }) => recipe?.steps ?? []))
    for (const step of steps) {
      const judged = (await judge(migrationOf(step))).migrations.flatMap(({ findings }) => findings)
      expect(judged.filter(({ rule }) => rule === 'syntax-error')).toEqual([])
      expect(judged.filter(({ rule }) => rule === 'concurrently-in-transaction')).toEqual([])
    }
  })
}

/** Recipes for a statement whose steps of this release are themselves safe, in their order. */
const cures: readonly string[] = [
  'alter table t add c int not null',
  'alter table t alter c set not null',
  'alter table t add constraint k check (a > 0)',
  'alter table t add constraint k foreign key (a) references p (id)',
  'alter table t add c int check (c > 0)',
  'alter table t add c int default 1 references p (id)',
  'alter table t add constraint k unique (a)',
  'alter table t add c text unique',
  'create index i on t (a)',
  'alter table t rename to u',
  'alter table t rename c to d',
  'alter table t alter c type bigint',
  'alter table t add c uuid default gen_random_uuid()',
  'alter table s.t add c bigserial',
  'alter table t add c int generated always as (a * 2) stored',
  'update t set c = a where c is null',
  'reindex table t',
]

for (const sql of cures) {
  test(`the steps of this release are safe: ${sql}`, async () => {
    const { migrations } = await judge([pendingSql(sql)])
    const steps = migrations.flatMap(({ findings }) => findings.flatMap(({ recipe }) => recipe?.steps ?? []))
    const pending = steps.filter(({ release }) => release === 'this release').flatMap(migrationOf)
    expect(pending.length).toBeGreaterThan(0)
    const judgement = await judge(pending)
    expect(
      judgement.migrations.flatMap(({ findings }) => findings.filter(({ severity }) => severity !== 'note')),
    ).toEqual([])
  })
}

test.each([
  ['update t set a = 1 where ctid = any (array(select ctid from t where a is null limit 5000))', false],
  ['update t set a = 1 where id in (select id from t where a is null limit 5000)', false],
  ['update t set a = 1 where id in (select id from t where a is null)', true],
  ['update t set a = 1 where id in (select id from t limit 1000000)', true],
  ['update t set a = 1 where id in (select u.t_id from u where u.t_id = t.id limit 10)', true],
  ['update t set a = 1 where id not in (select id from t limit 10)', true],
])('a batch is what touches few rows: %s', async (sql, unsafe) => {
  const { migrations } = await judge([pendingSql(sql)])
  const rulesFound = migrations.flatMap(({ findings }) => findings.map(({ rule }) => rule))
  expect(rulesFound.includes('change-many-rows')).toBe(unsafe)
})
