import type { Names } from '../effect.ts'
import type { Recipe } from '../finding.ts'
import { now, outsideTransaction, step } from './steps.ts'

/** An index statement that is in a transaction, out of it. */
export function ownMigration(names: Names): Recipe {
  return {
    title: 'Give it a migration of its own, without a transaction',
    steps: [outsideTransaction(now, 'Nothing else in that migration', ...statement(names))],
  }
}

export function splitMigration(names: Names): Recipe {
  return {
    title: 'Do the long work in a migration of its own',
    steps: [
      step(now, 'Move it to another migration, so that it holds no lock of this one', ...statement(names)),
    ],
  }
}

export function sleepApart(): Recipe {
  return {
    title: 'Sleep while no lock is held',
    steps: [step(now, 'Leave it out, or move it to a migration of its own')],
  }
}

function statement({ definition = '' }: Names): string[] {
  return definition === '' ? [] : [definition]
}
