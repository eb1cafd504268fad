import type { Names } from '../effect.ts'
import type { Recipe } from '../finding.ts'
import { besideTable, later, now, step } from './steps.ts'

function statement({ definition = '' }: Names): string[] {
  return definition === '' ? [] : [definition]
}

/** Something that has no second name: it goes when no running release needs it. */
export function dropLater(names: Names): Recipe {
  return {
    title: 'Do it when no running release needs it',
    steps: [
      step(now, `Deploy code that does without ${names.table === '' ? 'it' : names.table}`),
      step(later, 'Then nobody misses it', ...statement(names)),
    ],
  }
}

/** Another name for what queries can reach by one name only. */
export function newNameBeside(names: Names): Recipe {
  const newName = names.newName ?? 'the new name'
  return {
    title: 'Make a second one under the new name, and drop the old one later',
    steps: [
      step(now, `Make ${newName} beside ${names.table}, and leave ${names.table} as it is`),
      step(now, `Deploy code that says ${newName}`),
      step(later, `Drop ${names.table}`),
    ],
  }
}

/** A label of an enum cannot have two names, but an enum can have two labels. */
export function labelBeside({ type = 'the_type', newName = 'new label' }: Names): Recipe {
  return {
    title: 'Add the new label beside the old one',
    steps: [
      step(now, 'Alone in a migration', `ALTER TYPE ${type} ADD VALUE '${newName.replaceAll("'", "''")}'`),
      step(now, 'Deploy code that reads both labels and writes the new one'),
      step(later, 'Change the old rows in batches; the old label stays unused'),
    ],
  }
}

/** Policies are harmless until row level security is on. */
export function policiesFirst({ table }: Names): Recipe {
  const policy = besideTable(table, 'rows').split('.').at(-1) ?? 'rows'
  return {
    title: 'Write the policies first, and try them as the role of the app',
    steps: [
      step(
        now,
        'A policy does nothing yet; put your own condition in the place of true',
        `CREATE POLICY ${policy} ON ${table} USING (true)`,
      ),
      step(now, 'See that the role of the app finds its rows, on a copy of the schema'),
      step(later, 'Switch it on', `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`),
    ],
  }
}

/** A table can check a rule beside the traffic, a domain cannot. */
export function checkOnTable({ table, type = 'the domain' }: Names): Recipe {
  return {
    title: 'Check the rule on the tables first',
    steps: [
      step(now, `Add the rule as a CHECK of ${table}, NOT VALID, for each column of ${type}`),
      step(now, 'VALIDATE it in another migration: that stops nobody'),
      step(now, `Give ${type} the rule as NOT VALID: new values must obey it, and no table is read`),
    ],
  }
}

/** Work that is the very purpose of a statement has no form that stops nobody. */
export function whenNobodyWaits({ table }: Names): Recipe {
  return {
    title: 'Do the long work when nobody waits, or beside the traffic',
    steps: [
      step(now, 'Leave it to a nightly deploy, which stops the app first'),
      step(
        now,
        `Or do it to a copy of ${table} that a trigger keeps up to date, as pg_repack does, and swap the names`,
      ),
    ],
  }
}
