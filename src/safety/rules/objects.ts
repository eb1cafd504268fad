import * as recipes from '../recipes.ts'
import { breaksText, whoWaits, type Rule } from './rule.ts'

/** Rules about what is neither a table nor a part of one: views, functions, types, privileges. */
export const objectRules: readonly Rule[] = [
  {
    id: 'enable-row-security',
    title: 'Row level security without a policy hides every row',
    effect:
      'Who does not own the table finds it empty and may not write to it, until a policy lets rows through. FORCE does the same to the owner.',
    hazards: ['breaks'],
    forms: ['enable row security', 'force row security', 'drop policy'],
    message: (effect) => `The running release may fail: ${breaksText(effect)}.`,
    recipe: recipes.policiesFirst,
    bad: 'ALTER TABLE items ENABLE ROW LEVEL SECURITY;',
    good: 'CREATE POLICY all_items ON items USING (true);\nALTER TABLE items ENABLE ROW LEVEL SECURITY;',
  },
  {
    id: 'revoke',
    title: 'Taking a privilege away breaks who uses it',
    effect:
      'From the next statement on, Postgres refuses what the privilege allowed, to the old dynos as well.',
    hazards: ['breaks', 'loses'],
    forms: ['revoke', 'drop role', 'drop owned', 'alter role', 'alter role set', 'alter database set'],
    message: (effect) => `The running release may fail: ${breaksText(effect)}.`,
    recipe: recipes.dropLater,
    bad: 'REVOKE INSERT ON items FROM app;',
    good: 'GRANT SELECT ON items TO app;',
  },
  {
    id: 'domain-rule',
    title: 'A new rule of a domain reads every table that uses it',
    effect:
      'Postgres looks at every row of every table with a column of the domain, while nobody can write to them. VALIDATE on a domain does the same.',
    hazards: ['unknown', 'blocks', 'prolongs'],
    forms: ['add domain constraint', 'set domain not null', 'validate domain constraint'],
    message: (effect) =>
      effect.unknown === null
        ? `It reads all rows of ${effect.names.table}; until it is done, ${whoWaits(effect)} waits.`
        : `It cannot be judged: ${effect.unknown}.`,
    recipe: recipes.checkOnTable,
    bad: 'ALTER DOMAIN positive ADD CONSTRAINT small CHECK (value < 1000000);',
    good: 'ALTER DOMAIN positive ADD CONSTRAINT small CHECK (value < 1000000) NOT VALID;',
  },
  {
    id: 'rename-enum-label',
    title: 'Renaming a label of an enum breaks who says the old one',
    effect: 'The old dynos compare with the old label and write it: Postgres no longer knows it.',
    hazards: ['breaks'],
    forms: ['rename enum label'],
    message: (effect) => `The running release may fail: ${breaksText(effect)}.`,
    recipe: recipes.labelBeside,
    bad: "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine';",
    good: "ALTER TYPE mood ADD VALUE 'fine';",
  },
  {
    id: 'rename-object',
    title: 'Renaming what queries name breaks the running release',
    effect:
      'A function, a type, a sequence or a schema has one name only: queries that still say the old one fail until the last old dyno is gone.',
    hazards: ['breaks'],
    forms: [
      'rename sequence',
      'rename type',
      'rename domain',
      'rename function',
      'rename procedure',
      'rename routine',
      'rename aggregate',
      'rename attribute',
      'rename collation',
      'rename role',
      'rename schema',
      'set schema',
    ],
    message: (effect) => `The running release may fail: ${breaksText(effect)}.`,
    recipe: recipes.newNameBeside,
    bad: 'ALTER FUNCTION twice(integer) RENAME TO doubled;',
    good: 'CREATE FUNCTION doubled(n integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $$SELECT 2 * n$$;',
  },
]
