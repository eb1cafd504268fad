import { duration } from '../durations.ts'
import type { Effect } from '../effect.ts'
import * as recipes from '../recipes.ts'
import { breaksText, whoWaits, type Rule } from './rule.ts'

/** Rules about whole tables, their rows, and other objects. */
export const tableRules: readonly Rule[] = [
  {
    id: 'drop-table',
    title: 'Dropping a table breaks the running release and loses its rows',
    effect:
      'Until the last old dyno is gone, its queries still name the table: they fail. Only a restore brings the rows back.',
    hazards: ['breaks', 'loses'],
    forms: ['drop table'],
    message: ({ names }) =>
      `Queries of the running release that name ${names.table} fail, and its rows are lost.`,
    recipe: recipes.dropTable,
    bad: 'DROP TABLE items;',
    good: 'CREATE TABLE things (id bigint PRIMARY KEY);',
  },
  {
    id: 'rename-table',
    title: 'Renaming a table breaks the running release',
    effect:
      'Postgres renames at once, but the old dynos still say the old name. A view under the old name keeps them alive.',
    hazards: ['breaks'],
    forms: ['rename table'],
    message: ({ names }) =>
      `Queries of the running release still say ${names.table}: they fail as soon as it is called ${String(names.newName)}.`,
    recipe: recipes.renameTable,
    bad: 'ALTER TABLE items RENAME TO things;',
    good: 'ALTER TABLE items RENAME TO things;\nCREATE VIEW items AS SELECT * FROM things;',
  },
  {
    id: 'lose-rows',
    title: 'Deleting rows cannot be undone',
    effect: 'Only a restore brings them back, and a restore loses what was written since the backup.',
    hazards: ['loses'],
    forms: ['delete', 'truncate'],
    message: ({ loses }) => `It removes ${String(loses)}; only a restore brings them back.`,
    bad: 'DELETE FROM items WHERE id = 1;',
    good: 'UPDATE items SET hidden = true WHERE id = 1;',
  },
  {
    id: 'change-many-rows',
    title: 'One statement that changes many rows locks them until the commit',
    effect:
      'Every row that it touches stays locked until the transaction ends: the running release waits when it wants to change one of them. ' +
      'The table grows by as much, and replicas fall behind. Where the target counts fewer than 1000 of them, it is only noted.',
    hazards: ['row locks'],
    forms: ['update', 'delete', 'select for update'],
    message: ({ names }) =>
      `It may change every row of ${names.table} and keeps each locked until the transaction ends.`,
    recipe: recipes.batchedUpdate,
    bad: "UPDATE items SET note = '' WHERE note IS NULL;",
    good: "UPDATE items SET note = '' WHERE id IN (1, 2, 3);",
  },
  {
    id: 'drop-object',
    title: 'Dropping or renaming what the running release uses',
    effect: 'Its queries that use the object fail until the last old dyno is gone.',
    hazards: ['breaks', 'loses'],
    message: (effect) => `The running release may fail: ${breaksText(effect) || String(effect.loses)}.`,
    recipe: recipes.dropLater,
    bad: 'DROP VIEW cheap_items;',
    good: 'CREATE OR REPLACE VIEW cheap_items AS SELECT * FROM items WHERE price < 10;',
  },
  {
    id: 'refresh-materialized-view',
    title: 'REFRESH MATERIALIZED VIEW without CONCURRENTLY stops its readers',
    effect:
      'Until its whole query has run, nobody can read the materialized view. CONCURRENTLY needs a unique index over plain columns of the view, ' +
      'and stops no reader.',
    hazards: ['blocks'],
    forms: ['refresh materialized view'],
    message: (effect) => `Until the query of ${effect.names.table} has run, ${whoWaits(effect)} waits.`,
    recipe: recipes.refreshConcurrently,
    bad: 'REFRESH MATERIALIZED VIEW item_counts;',
    good: 'REFRESH MATERIALIZED VIEW CONCURRENTLY item_counts;',
  },
  {
    id: 'attach-partition',
    title: 'A new partition is searched while everybody waits',
    effect:
      'Postgres looks for rows outside the bound in the new partition, and for rows inside it in the default partition, under a lock that stops ' +
      'every query on them. Valid CHECKs that prove the same make it skip the search; an index that the new partition lacks is built under the lock.',
    hazards: ['blocks'],
    forms: ['attach partition', 'search default partition'],
    message: (effect) => `It searches ${effect.names.table}; until it is done, ${whoWaits(effect)} waits.`,
    bad: 'ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM (2026) TO (2027);',
    good: 'ALTER TABLE events_2026 ADD CONSTRAINT year_2026 CHECK (year >= 2026 AND year < 2027) NOT VALID;',
  },
  {
    id: 'sleep-under-lock',
    title: 'Sleeping in a transaction that holds a lock',
    effect:
      'Locks are kept until the transaction ends. While it sleeps, nothing is done, and everybody waits for what an earlier statement of it locked.',
    hazards: ['prolongs'],
    forms: ['sleep'],
    message: (effect) =>
      `It sleeps for ${sleepText(effect)} while its transaction holds a lock: all the while, ${whoWaits(effect)} waits.`,
    recipe: recipes.sleepApart,
    bad: 'ALTER TABLE items ADD COLUMN remark text;\nSELECT pg_sleep(2);',
    good: 'SELECT pg_sleep(2);',
  },
  {
    id: 'work-under-lock',
    title: 'Long work in a transaction that holds a lock',
    effect:
      'Locks are kept until the transaction ends. Work that blocks nobody by itself is done while everybody waits when an ' +
      'earlier statement of the same transaction locked a table.',
    hazards: ['prolongs'],
    message: (effect) =>
      `The transaction already holds a lock: until this is done as well, ${whoWaits(effect)} waits.`,
    recipe: recipes.splitMigration,
    bad: 'ALTER TABLE items ADD COLUMN remark text;\nUPDATE items SET remark = note;',
    good: 'ALTER TABLE items ADD COLUMN remark text;',
  },
  {
    id: 'long-lock',
    title: 'Work on a whole table while everybody waits',
    effect: 'It reads or writes the whole table under a lock that stops the running release.',
    hazards: ['blocks', 'row locks'],
    message: (effect) => `Until it is done, ${whoWaits(effect) || `whoever needs its rows`} waits.`,
    recipe: recipes.whenNobodyWaits,
    bad: 'VACUUM FULL items;',
    good: 'VACUUM items;',
  },
  {
    id: 'will-fail',
    title: 'The statement will fail',
    effect: 'Postgres refuses it, so the migration stops half-way.',
    hazards: ['fails'],
    message: ({ fails }) => `It fails: ${String(fails)}.`,
    bad: 'ALTER TABLE items ADD COLUMN price integer;',
    good: 'ALTER TABLE items ADD COLUMN IF NOT EXISTS price integer;',
  },
  {
    id: 'not-judged',
    title: 'The statement is not understood',
    effect:
      'What cannot be judged is treated as unsafe. Run it at night, or write it in a form that Lockkeeper knows.',
    hazards: ['unknown'],
    message: ({ unknown }) => `It cannot be judged: ${String(unknown)}.`,
    bad: "DO $$ BEGIN EXECUTE format('DROP TABLE %I', 'items_' || 2020); END $$;",
    good: 'SELECT 1;',
  },
  {
    id: 'short-wait',
    title: 'Work under a lock that ends at once',
    effect:
      'The same work on a large table would stop the running release; on this one it ends within the budget.',
    hazards: ['blocks briefly'],
    message: ({ names }) =>
      `It works on all of ${names.table} under a lock or keeps its rows locked; the table is small enough.`,
    bad: 'CREATE INDEX items_code ON items (code);',
    good: 'CREATE INDEX CONCURRENTLY items_code ON items (code);',
  },
  {
    id: 'tightens-writes',
    title: 'From now on, some writes fail',
    effect:
      'The rule holds for every release from the moment that it is added. Make sure that the running release obeys it.',
    hazards: ['tightens'],
    message: ({ tightens }) =>
      `From now on, Postgres refuses ${String(tightens)}: the running release must not write them.`,
    bad: 'ALTER TABLE items ADD CONSTRAINT price_positive CHECK (price > 0) NOT VALID;',
    good: 'ALTER TABLE items ALTER COLUMN price SET DEFAULT 1;',
  },
]

function sleepText({ sleeps }: Effect): string {
  return Number.isFinite(sleeps) ? duration(sleeps) : 'a time that only its run tells'
}
