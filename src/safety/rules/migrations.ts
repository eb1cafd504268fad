import type { Rule } from './rule.ts'

/** Rules about a migration as a whole. They are found before there is an effect, so no hazard leads to them. */
export const migrationRules: readonly Rule[] = [
  {
    id: 'syntax-error',
    title: 'Postgres does not accept the migration',
    condition: 'The parser of Postgres does not read the migration.',
    effect:
      'The text is no SQL that the parser of Postgres reads, so nothing of the migration can be judged.',
    hazards: [],
    message: () => 'Postgres does not accept it.',
    bad: 'ALTER TABEL items ADD COLUMN note text;',
    good: 'ALTER TABLE items ADD COLUMN note text;',
  },
  {
    id: 'transaction-control',
    title: 'BEGIN or COMMIT where the framework has its own',
    condition: 'A migration that its framework runs in a transaction says BEGIN, COMMIT or ROLLBACK itself.',
    effect:
      'A COMMIT inside the transaction of the framework ends that one: what follows is done half when it fails. A BEGIN without its COMMIT ' +
      'loses all its work.',
    hazards: [],
    message: () => 'It cuts the transaction that the framework believes in.',
    bad: 'CREATE TABLE things (id bigint PRIMARY KEY);\nCOMMIT;',
    good: 'CREATE TABLE things (id bigint PRIMARY KEY);',
  },
  {
    id: 'data-violates',
    title: 'The rows of the target break the new rule',
    condition: 'The statement makes a rule that rows of the target break, counted there.',
    effect:
      'NULLs before SET NOT NULL, duplicates before UNIQUE, orphans before a foreign key, violators before CHECK: Postgres refuses the ' +
      'statement, and the migration stops half-way. The rows are counted on the target, read-only and with a time limit.',
    hazards: [],
    message: () => 'It would fail.',
    bad: 'ALTER TABLE items ALTER COLUMN note SET NOT NULL;',
    good: "UPDATE items SET note = '' WHERE id IN (1, 2, 3);",
  },
  {
    id: 'precheck-not-answered',
    title: 'The target did not say in time whether its rows fit',
    condition:
      'The statement makes a rule, and whether the rows of the target break it could not be counted in time.',
    effect:
      'The statement may fail on the data. The finding carries the question, to be asked with more time.',
    hazards: [],
    message: () => 'It may fail.',
    bad: 'ALTER TABLE items ADD CONSTRAINT price_positive CHECK (price > 0);',
    good: 'ALTER TABLE items ADD CONSTRAINT price_positive CHECK (price > 0) NOT VALID;',
  },
]
