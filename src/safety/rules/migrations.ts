import type { Rule } from './rule.ts'

/** Rules about a migration as a whole. They are found before there is an effect, so no hazard leads to them. */
export const migrationRules: readonly Rule[] = [
  {
    id: 'syntax-error',
    title: 'Postgres does not accept the migration',
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
    effect:
      'A COMMIT inside the transaction of the framework ends that one: what follows is done half when it fails. A BEGIN without its COMMIT ' +
      'loses all its work.',
    hazards: [],
    message: () => 'It cuts the transaction that the framework believes in.',
    bad: 'CREATE TABLE things (id bigint PRIMARY KEY);\nCOMMIT;',
    good: 'CREATE TABLE things (id bigint PRIMARY KEY);',
  },
]
