import { expect, test } from 'vitest'
import { pendingSql } from '../../test/support/pending-sql.ts'
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
  'alter table t rename "C" to d',
  'create unique index if not exists i on t using btree (lower(a), b) where c',
  "update t set c = coalesce(a, 'x') where c is null",
]

for (const sql of statements) {
  test(`the recipe is SQL that Postgres reads, and safer: ${sql.slice(0, 90)}`, async () => {
    const { migrations } = await judge([pendingSql(sql)])
    const steps = migrations.flatMap(({ findings }) => findings.flatMap(({ recipe }) => recipe?.steps ?? []))
    for (const step of steps) {
      const pending = step.sql.map((text) => pendingSql(text, { transaction: step.noTransaction !== true }))
      const judged = (await judge(pending)).migrations.flatMap(({ findings }) => findings)
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
  'reindex table t',
]

for (const sql of cures) {
  test(`the steps of this release are safe: ${sql}`, async () => {
    const { migrations } = await judge([pendingSql(sql)])
    const steps = migrations.flatMap(({ findings }) => findings.flatMap(({ recipe }) => recipe?.steps ?? []))
    const pending = steps
      .filter(({ release }) => release === 'this release')
      .flatMap((step) =>
        step.sql.map((text) => pendingSql(text, { transaction: step.noTransaction !== true })),
      )
    expect(pending.length).toBeGreaterThan(0)
    const judgement = await judge(pending)
    expect(
      judgement.migrations.flatMap(({ findings }) => findings.filter(({ severity }) => severity !== 'note')),
    ).toEqual([])
  })
}
