import * as recipes from '../recipes.ts'
import { breaksText, whoWaits, type Rule } from './rule.ts'

/** Rules about constraints and indexes. */
export const constraintRules: readonly Rule[] = [
  {
    id: 'add-check',
    title: 'A new CHECK reads the table while everybody waits',
    effect: 'Postgres checks every row under a lock that stops every query on the table.',
    hazards: ['blocks'],
    forms: ['add check'],
    message: (effect) =>
      `It reads all rows of ${effect.names.table}; until it is done, ${whoWaits(effect)} waits.`,
    recipe: recipes.notValid,
    bad: 'ALTER TABLE items ADD CONSTRAINT price_positive CHECK (price > 0);',
    good: 'ALTER TABLE items ADD CONSTRAINT price_positive CHECK (price > 0) NOT VALID;',
  },
  {
    id: 'add-foreign-key',
    title: 'A new foreign key reads both tables while writers wait',
    effect:
      'Postgres looks up every row of the table in the referenced table, while nobody can write to either of them.',
    hazards: ['blocks'],
    forms: ['add foreign key', 'foreign key of new partition'],
    message: (effect) =>
      `It looks up every row of ${effect.names.table}; until it is done, ${whoWaits(effect)} waits.`,
    recipe: recipes.foreignKey,
    bad: 'ALTER TABLE items ADD CONSTRAINT items_owner FOREIGN KEY (owner_id) REFERENCES users (id);',
    good: 'ALTER TABLE items ADD CONSTRAINT items_owner FOREIGN KEY (owner_id) REFERENCES users (id) NOT VALID;',
  },
  {
    id: 'validate-in-same-transaction',
    title: 'VALIDATE CONSTRAINT in the transaction that added it',
    effect:
      'The lock that ADD CONSTRAINT took is kept until the transaction ends, so the rows are read under it after all.',
    hazards: ['prolongs'],
    forms: ['validate constraint'],
    message: (effect) =>
      `The transaction still holds its lock while all rows of ${effect.names.table} are read: ${whoWaits(effect)} waits until it ends.`,
    recipe: recipes.validateApart,
    bad:
      'ALTER TABLE items ADD CONSTRAINT price_positive CHECK (price > 0) NOT VALID;\n' +
      'ALTER TABLE items VALIDATE CONSTRAINT price_positive;',
    good: 'ALTER TABLE items VALIDATE CONSTRAINT price_positive;',
  },
  {
    id: 'add-unique',
    title: 'A new UNIQUE constraint builds its index while everybody waits',
    effect:
      'The index over all rows is built in the same statement, under a lock that stops every query on the table.',
    hazards: ['blocks'],
    forms: ['add unique'],
    message: (effect) =>
      `It builds an index over ${effect.names.table}; until it is done, ${whoWaits(effect)} waits.`,
    recipe: recipes.uniqueConstraint,
    bad: 'ALTER TABLE items ADD CONSTRAINT items_code UNIQUE (code);',
    good: 'ALTER TABLE items ADD CONSTRAINT items_code UNIQUE USING INDEX items_code;',
  },
  {
    id: 'add-primary-key',
    title: 'A new primary key builds its index while everybody waits',
    effect:
      'The index over all rows is built in the same statement, and columns that may be NULL are searched for NULLs, under a lock that ' +
      'stops every query on the table.',
    hazards: ['blocks'],
    forms: [
      'add primary key',
      'add column with primary key',
      'add primary key using index of a nullable column',
    ],
    message: (effect) =>
      `It reads all rows of ${effect.names.table}; until it is done, ${whoWaits(effect)} waits.`,
    recipe: (names) => (names.clauses ? recipes.addedColumn(names) : recipes.primaryKey(names)),
    bad: 'ALTER TABLE items ADD PRIMARY KEY (id);',
    good: 'ALTER TABLE items ADD CONSTRAINT id_not_null CHECK (id IS NOT NULL) NOT VALID;',
  },
  {
    id: 'add-exclusion',
    title: 'A new EXCLUDE constraint builds its index while everybody waits',
    effect:
      'Postgres has neither NOT VALID nor USING INDEX for it: copy the rows to a new table that has it, and swap, or do it at night.',
    hazards: ['blocks'],
    forms: ['add exclusion constraint'],
    message: (effect) =>
      `It builds an index over ${effect.names.table}; until it is done, ${whoWaits(effect)} waits.`,
    bad: 'ALTER TABLE bookings ADD CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&);',
    good: 'CREATE TABLE bookings_new (during tstzrange, EXCLUDE USING gist (during WITH &&));',
  },
  {
    id: 'drop-unique',
    title: 'Dropping a unique index or constraint breaks ON CONFLICT',
    effect:
      'INSERT ... ON CONFLICT (columns) needs a unique index on exactly these columns. Without it, Postgres refuses the INSERT.',
    hazards: ['breaks'],
    forms: ['drop unique constraint', 'drop index', 'drop index concurrently'],
    message: (effect) => `The running release may fail: ${breaksText(effect)}.`,
    recipe: recipes.dropIndexLater,
    bad: 'DROP INDEX items_code;',
    good: 'CREATE UNIQUE INDEX CONCURRENTLY items_code_and_owner ON items (code, owner_id);',
  },
  {
    id: 'create-index',
    title: 'CREATE INDEX without CONCURRENTLY stops every write',
    effect:
      'Until the index is built, nobody can insert, update or delete in the table. CONCURRENTLY takes longer and stops nobody.',
    hazards: ['blocks'],
    forms: ['create index'],
    message: (effect) => `Until ${String(effect.names.index)} is built, ${whoWaits(effect)} waits.`,
    recipe: recipes.concurrentIndex,
    bad: 'CREATE INDEX items_code ON items (code);',
    good: 'CREATE INDEX CONCURRENTLY items_code ON items (code);',
  },
  {
    id: 'reindex',
    title: 'REINDEX without CONCURRENTLY stops reads and writes',
    effect:
      'Queries need the lock of every index of their table to be planned, so even reads wait until it is rebuilt.',
    hazards: ['blocks'],
    forms: ['reindex'],
    message: (effect) => `Until it is rebuilt, ${whoWaits(effect)} waits.`,
    recipe: recipes.reindexConcurrently,
    bad: 'REINDEX INDEX items_code;',
    good: 'REINDEX INDEX CONCURRENTLY items_code;',
  },
  {
    id: 'concurrently-in-transaction',
    title: 'This statement cannot run in a transaction',
    effect:
      'Postgres refuses CONCURRENTLY and VACUUM inside a transaction, and a migration of several statements that is sent as one query ' +
      'is a transaction, too.',
    hazards: ['fails in a transaction'],
    message: ({ form }) =>
      `Postgres refuses to ${form} inside a transaction; several statements that are sent as one query are a transaction, too.`,
    recipe: recipes.ownMigration,
    bad: 'CREATE INDEX CONCURRENTLY items_code ON items (code);\nCREATE INDEX CONCURRENTLY items_owner ON items (owner_id);',
    good: 'CREATE INDEX CONCURRENTLY items_code ON items (code);',
  },
]
