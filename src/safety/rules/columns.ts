import type { Effect } from '../effect.ts'
import * as recipes from '../recipes.ts'
import { breaksText, whoWaits, type Rule } from './rule.ts'

/** Rules about columns. */
export const columnRules: readonly Rule[] = [
  {
    id: 'drop-column',
    title: 'Dropping a column breaks the running release and loses its values',
    effect:
      'Until the last old dyno is gone, its queries still name the column: they fail. The values are gone for good; only a ' +
      'restore brings them back.',
    hazards: ['breaks', 'loses'],
    forms: ['drop column'],
    message: ({ names }) =>
      `Queries of the running release that name ${names.table}.${String(names.column)} fail, and its values are lost.`,
    recipe: recipes.dropColumn,
    bad: 'ALTER TABLE items DROP COLUMN note;',
    good: 'ALTER TABLE items ALTER COLUMN note DROP NOT NULL;',
  },
  {
    id: 'rename-column',
    title: 'Renaming a column breaks the running release',
    effect:
      'Postgres renames at once, but the old dynos still say the old name, and the new ones only know the new name.',
    hazards: ['breaks'],
    forms: ['rename column'],
    message: ({ names }) =>
      `Queries of the running release still say ${names.table}.${String(names.column)}: they fail as soon as it is called ${String(names.newName)}.`,
    recipe: recipes.renameColumn,
    bad: 'ALTER TABLE items RENAME COLUMN note TO remark;',
    good: 'ALTER TABLE items ADD COLUMN remark text;',
  },
  {
    id: 'add-required-column',
    title: 'A new NOT NULL column without a default fails, or breaks INSERTs',
    effect:
      'Postgres refuses the statement when the table has rows, because they would hold NULL. On an empty table it succeeds, and then ' +
      'every INSERT of the running release fails, because it does not know the column.',
    hazards: ['fails', 'breaks'],
    forms: ['add required column'],
    message: ({ names }) =>
      `${names.table}.${String(names.column)} is NOT NULL without a default: Postgres refuses it when ${names.table} has a row, and INSERTs of ` +
      'the running release, which do not know the column, fail.',
    recipe: recipes.addedColumn,
    bad: 'ALTER TABLE items ADD COLUMN size integer NOT NULL;',
    good: 'ALTER TABLE items ADD COLUMN size integer NOT NULL DEFAULT 0;',
  },
  {
    id: 'drop-default',
    title: 'Dropping the default of a required column breaks INSERTs',
    effect:
      'The running release may leave the column out and rely on its default. Without it, the INSERT writes NULL and fails.',
    hazards: ['breaks'],
    forms: ['drop default', 'drop identity', 'drop domain default'],
    message: (effect) => `The running release may fail: ${breaksText(effect)}.`,
    recipe: recipes.dropDefault,
    bad: 'ALTER TABLE items ADD COLUMN size integer NOT NULL DEFAULT 0;\nALTER TABLE items ALTER COLUMN size DROP DEFAULT;',
    good: 'ALTER TABLE items ADD COLUMN size integer NOT NULL DEFAULT 0;',
  },
  {
    id: 'add-column-volatile-default',
    title: 'A default that differs from row to row rewrites the table',
    effect:
      'Postgres computes a volatile default for each row and writes the whole table and its indexes again. All the while, ' +
      'every query on the table waits.',
    hazards: ['blocks'],
    forms: ['add column with volatile default', 'add column of a domain'],
    message: (effect) =>
      `It rewrites the table ${effect.names.table}; until it is done, ${whoWaits(effect)} waits.`,
    recipe: recipes.addedColumn,
    bad: 'ALTER TABLE items ADD COLUMN token uuid DEFAULT gen_random_uuid();',
    good: 'ALTER TABLE items ADD COLUMN token uuid;\nALTER TABLE items ALTER COLUMN token SET DEFAULT gen_random_uuid();',
  },
  {
    id: 'add-column-numbered',
    title: 'A new serial or identity column rewrites the table',
    effect:
      'Each old row gets a number of its own, so Postgres writes the whole table again while every query on it waits.',
    hazards: ['blocks'],
    forms: ['add serial column', 'add identity column'],
    message: (effect) =>
      `It rewrites the table ${effect.names.table} to number its rows; until it is done, ${whoWaits(effect)} waits.`,
    recipe: recipes.addedColumn,
    bad: 'ALTER TABLE items ADD COLUMN number bigserial;',
    good: 'ALTER TABLE items ADD COLUMN number bigint;',
  },
  {
    id: 'add-column-generated',
    title: 'A new stored generated column rewrites the table',
    effect:
      'Postgres computes the value of each old row and writes the whole table again while every query on it waits.',
    hazards: ['blocks'],
    forms: ['add generated column'],
    message: (effect) =>
      `It rewrites the table ${effect.names.table}; until it is done, ${whoWaits(effect)} waits.`,
    recipe: recipes.addedColumn,
    bad: 'ALTER TABLE items ADD COLUMN total integer GENERATED ALWAYS AS (price * 2) STORED;',
    good: 'ALTER TABLE items ADD COLUMN total integer;',
  },
  {
    id: 'add-column-unique',
    title: 'A new column that is UNIQUE builds its index while everybody waits',
    effect:
      'The index over all rows is built in the same statement, under a lock that stops every query on the table.',
    hazards: ['blocks'],
    forms: ['add column with unique'],
    message: (effect) =>
      `It builds an index over ${effect.names.table}; until it is done, ${whoWaits(effect)} waits.`,
    recipe: recipes.addedColumn,
    bad: 'ALTER TABLE items ADD COLUMN sku text UNIQUE;',
    good: 'ALTER TABLE items ADD COLUMN sku text;',
  },
  {
    id: 'add-column-check',
    title: 'A new column with a CHECK reads the table while everybody waits',
    effect:
      'Postgres checks every row, even though all of them hold the same value, under a lock that stops every query on the table.',
    hazards: ['blocks'],
    forms: ['add column with check'],
    message: (effect) =>
      `It reads all rows of ${effect.names.table}; until it is done, ${whoWaits(effect)} waits.`,
    recipe: recipes.addedColumn,
    bad: 'ALTER TABLE items ADD COLUMN size integer CHECK (size > 0);',
    good: 'ALTER TABLE items ADD COLUMN size integer;\nALTER TABLE items ADD CONSTRAINT size_check CHECK (size > 0) NOT VALID;',
  },
  {
    id: 'add-column-foreign-key',
    title: 'A new column with a default and a foreign key reads the table while everybody waits',
    effect:
      'Each row has a value, so Postgres looks each up in the referenced table, under a lock that stops every query.',
    hazards: ['blocks'],
    forms: ['add column with foreign key'],
    message: (effect) =>
      `It looks up every row of ${effect.names.table}; until it is done, ${whoWaits(effect)} waits.`,
    recipe: recipes.addedColumn,
    bad: 'ALTER TABLE items ADD COLUMN reviewer_id bigint DEFAULT 1 REFERENCES users (id);',
    good: 'ALTER TABLE items ADD COLUMN reviewer_id bigint REFERENCES users (id);',
  },
  {
    id: 'set-not-null',
    title: 'SET NOT NULL reads the table while everybody waits',
    effect:
      'Postgres looks for a NULL in every row, under a lock that stops every query on the table. A valid CHECK that proves the same ' +
      'makes it skip the search.',
    hazards: ['blocks'],
    forms: ['set not null'],
    message: (effect) =>
      `It looks for a NULL in ${effect.names.table}.${String(effect.names.column)}; until it is done, ${whoWaits(effect)} waits.`,
    recipe: recipes.notNull,
    bad: 'ALTER TABLE items ALTER COLUMN note SET NOT NULL;',
    good: 'ALTER TABLE items ADD CONSTRAINT note_not_null CHECK (note IS NOT NULL) NOT VALID;',
  },
  {
    id: 'change-column-type',
    title: 'Changing the type of a column rewrites the table',
    effect:
      'Postgres converts each value and writes the whole table and its indexes again, while every query on it waits. Few changes ' +
      'are free, such as varchar(20) to varchar(40) or to text; the old type decides, so only the database can tell.',
    hazards: ['blocks', 'breaks'],
    forms: ['change type', 'change type for free'],
    message: changeMessage,
    recipe: recipes.changeType,
    bad: 'ALTER TABLE items ALTER COLUMN price TYPE bigint;',
    good: 'ALTER TABLE items ADD COLUMN price_new bigint;',
  },
  {
    id: 'cut-values',
    title: 'A type that holds less rounds or cuts the values',
    effect:
      'Postgres makes each value fit the new type without a word: it rounds numbers and times, and a cast in USING cuts texts. What is ' +
      'cut off is gone for good; only a restore brings it back. Where the database can be asked, and no value changes, nothing is lost.',
    hazards: ['loses'],
    forms: ['change type'],
    message: cutMessage,
    recipe: recipes.changeType,
    bad: 'ALTER TABLE items ALTER COLUMN price TYPE real;',
    good: 'ALTER TABLE items ADD COLUMN price_new real;',
  },
]

const works: Partial<Record<Effect['work'], string>> = {
  rewrite: 'rewrites',
  scan: 'reads all rows of',
  'index build': 'builds indexes of',
}

/** What a new type loses. */
function cutMessage({ loses, names }: Effect): string {
  return `It loses ${String(loses)}: each is rounded or cut when ${String(names.column)} becomes ${String(names.type)}.`
}

/** What the new type costs and breaks. */
function changeMessage(effect: Effect): string {
  const { names, work, held } = effect
  const verb = works[work]
  const wait = held.length > 0 ? `; until it is done, ${whoWaits(effect)} waits` : ''
  const sentences = [
    ...(verb === undefined
      ? []
      : [`It ${verb} ${names.table} to make ${String(names.column)} ${String(names.type)}${wait}.`]),
    ...(effect.breaks.length > 0 ? [`The running release may fail: ${breaksText(effect)}.`] : []),
  ]
  return sentences.join(' ')
}
