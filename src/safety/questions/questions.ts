import { parsed } from '../forms/parsed.ts'
import { askCheck } from './check.ts'
import { askDomainCheck, askDomainNotNull, askDomainValidation } from './domain.ts'
import { askExclusion } from './exclusion.ts'
import { askForeignKey, askReferencingRows } from './foreign-key.ts'
import { askNotNullConstraint, askPrimaryKey, askSetNotNull } from './not-null.ts'
import { askAttachedRows, askDefaultRows } from './partition.ts'
import type { Asked, Asking, Question } from './question.ts'
import { askTypeChange } from './type-change.ts'
import { askSameDefault, askUniqueConstraint, askUniqueIndex } from './unique.ts'

export type { Question } from './question.ts'

/** What must be asked of the data before a statement: nothing of a table that is new. */
export function questionsOf(asked: Asked): Question[] {
  const { isNew, relation, form } = asked.effect
  if (isNew || relation === '') return []
  return (
    (asking[form] ?? [])
      .flatMap((ask) => ask(asked))
      // A question that cannot be written down is not asked.
      .filter(({ sql }) => parsed(sql)?.length === 1)
  )
}

/** By form. */
const asking: Readonly<Record<string, readonly Asking[]>> = {
  'set not null': [askSetNotNull],
  'add primary key': [askPrimaryKey, askUniqueConstraint],
  'add primary key using index of a nullable column': [askPrimaryKey],
  'add unique': [askUniqueConstraint],
  'add column with unique': [askSameDefault],
  'add exclusion constraint': [askExclusion],
  'create index': [askUniqueIndex],
  'create index concurrently': [askUniqueIndex],
  'add foreign key': [askForeignKey],
  'foreign key of new partition': [askForeignKey],
  'search referencing table': [askReferencingRows],
  'add check': [askCheck],
  'validate constraint': [askForeignKey, askCheck, askNotNullConstraint],
  'change type': [askTypeChange],
  'set domain not null': [askDomainNotNull],
  'add domain constraint': [askDomainCheck],
  'validate domain constraint': [askDomainValidation],
  'attach partition': [askAttachedRows],
  'search default partition': [askDefaultRows],
}
