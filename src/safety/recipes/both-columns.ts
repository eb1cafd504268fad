import type { Names } from '../effect.ts'
import type { Recipe } from '../finding.ts'
import { baseName, inventName } from '../sql-text.ts'
import { addColumn, batches, besideTable, column, forget, later, now, step, type } from './steps.ts'
import { succession } from './succession.ts'

/** A column under a second name, written under both until no running release says the old one. */
export function renameColumn(names: Names): Recipe {
  const added = { ...names, column: names.newName ?? 'new_name' }
  return {
    title: 'Add the new name beside the old one, and drop the old one later',
    steps: [
      step(now, 'Add the new column with the type of the old one', addColumn(added)),
      ...moveSteps(names, added, column(names)),
    ],
  }
}

/** A second column of the new type, written beside the old one until no running release says the old one. */
export function changeType(names: Names): Recipe {
  const added = { ...names, column: inventName(column(names), 'new') }
  return {
    title: 'Add a column of the new type, copy in batches, swap later',
    // The type that the statement names is not that of the column it names.
    about: { table: names.table },
    steps: [
      step(now, 'An empty column is free', addColumn(added)),
      ...moveSteps(names, added, names.expression ?? `${column(names)}::${type(names)}`),
    ],
  }
}

function moveSteps(old: Names, added: Names, expression: string): Recipe['steps'] {
  const { table } = old
  const { steps, laterSteps, before, after, left } = succession(old, added)
  const unasked = `, after what ${column(old)} has was made for it: indexes CONCURRENTLY, constraints NOT VALID, a default at the end`
  return [
    step(
      now,
      'A write to one of the columns reaches the other one, whichever release it comes from',
      ...keepBoth(old, added, expression),
    ),
    batches(added, expression),
    ...steps,
    ...(left.length === 0 ? [] : [step(now, `See to what is not made here: ${left.join(', ')}`)]),
    forget(
      `Deploy code that says ${column(added)}${old.parts === undefined ? unasked : ''}`,
      table,
      column(old),
    ),
    ...laterSteps,
    step(
      later,
      'Drop the old column, and what kept it up to date',
      ...dropTrigger(added),
      ...before,
      `ALTER TABLE ${table} DROP COLUMN ${column(old)}`,
      ...after,
    ),
  ]
}

// The code of the release that writes the new column decides; without it, the old column does.
function keepBoth(old: Names, added: Names, expression: string): string[] {
  const [from, to] = [column(old), column(added)]
  return trigger(added, [
    // As text, because not every type knows equality.
    `IF NEW.${to}::text IS DISTINCT FROM OLD.${to}::text THEN`,
    `  NEW.${from} := NEW.${to};`,
    'ELSE',
    `  NEW.${to} := ${ofNewRow(old, expression)};`,
    'END IF;',
  ])
}

/** The statements that make a trigger write the column from the others of its row. */
export function keepDerived(names: Names, expression: string): string[] {
  return trigger(names, [`NEW.${column(names)} := ${ofNewRow(names, expression)};`])
}

// The expression says the columns as the user wrote them: with the row as a table of that name, it can stay as it is.
function ofNewRow({ table }: Names, expression: string): string {
  return `(SELECT ${expression} FROM (SELECT NEW.*) AS ${baseName(table)})`
}

function trigger(names: Names, body: readonly string[]): string[] {
  const { routine, name } = triggerNames(names)
  // The expression is the user's own, and may hold what would end the body.
  const quote = body.some((line) => line.includes('$$')) ? '$lockkeeper$' : '$$'
  return [
    [
      `CREATE FUNCTION ${routine}() RETURNS trigger LANGUAGE plpgsql AS ${quote}`,
      'BEGIN',
      ...body.map((line) => `  ${line}`),
      '  RETURN NEW;',
      'END',
      quote,
    ].join('\n'),
    `CREATE TRIGGER ${name} BEFORE INSERT OR UPDATE ON ${names.table} FOR EACH ROW EXECUTE FUNCTION ${routine}()`,
  ]
}

function dropTrigger(names: Names): string[] {
  const { routine, name } = triggerNames(names)
  return [`DROP TRIGGER ${name} ON ${names.table}`, `DROP FUNCTION ${routine}()`]
}

function triggerNames(names: Names): { readonly routine: string; readonly name: string } {
  return {
    routine: besideTable(names.table, column(names), 'write'),
    name: inventName(baseName(names.table), column(names), 'write'),
  }
}
