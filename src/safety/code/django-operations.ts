import type { DjangoModels, Written } from '../../migrations/django/models.ts'
import { indent, pythonText } from './literals.ts'
import type { Operation } from './operations.ts'

const postgresOperations = ['AddConstraintNotValid', 'AddIndexConcurrently', 'ValidateConstraint'] as const

/** The file of a migration; `before` stands before its class. */
export function migration(
  operations: readonly string[],
  outside: boolean,
  models: DjangoModels = {},
  before: readonly string[] = [],
): string {
  const text = operations.join('\n')
  const used = postgresOperations.filter((name) => text.includes(`${name}(`))
  return [
    ...(used.length === 0 ? [] : [`from django.contrib.postgres.operations import ${used.join(', ')}`]),
    'from django.db import migrations, models',
    ...importsOf(text, models),
    ...(text.includes('timezone.now') ? ['from django.utils import timezone'] : []),
    '',
    ...before,
    '',
    'class Migration(migrations.Migration):',
    ...(outside ? ['    atomic = False', ''] : []),
    '    operations = [',
    ...indent(
      operations.map((operation) => `${operation},`),
      8,
    ),
    '    ]',
  ].join('\n')
}

/** What the code that Django wrote for the models needs, where it stands in the text. */
function importsOf(text: string, models: DjangoModels): string[] {
  const written = Object.values(models).flatMap(writtenOf)
  const used = written.filter(({ code }) => text.includes(code)).flatMap(({ imports }) => imports)
  return [...new Set(used)].filter((line) => line !== 'from django.db import models').sort()
}

function writtenOf({ states, indexes, constraints, together }: DjangoModels[string]): Written[] {
  const all = [
    ...Object.values(states).map(({ field }) => field),
    ...Object.values(indexes),
    ...Object.values(constraints),
    ...together.map(({ value }) => value),
  ]
  return all.filter((one) => one !== null)
}

const lines = (name: string, ...words: readonly string[]): string =>
  [
    `${name}(`,
    ...indent(
      words.map((word) => `${word},`),
      4,
    ),
    ')',
  ].join('\n')

/** A statement, and the one that undoes it. */
export function runSql({ sql, reverse }: Operation): string {
  const back = reverse === null ? [] : [reverse === '' ? 'migrations.RunSQL.noop' : pythonText(reverse)]
  return lines('migrations.RunSQL', pythonText(sql), ...back)
}

/** The statement for the database, and for Django what it comes to. */
export function apart(operation: Operation, state: string): string {
  return lines(
    'migrations.SeparateDatabaseAndState',
    `database_operations=[\n${indent([`${runSql(operation)},`], 4).join('\n')}\n]`,
    `state_operations=[\n${indent([`${state},`], 4).join('\n')}\n]`,
  )
}

/** What only Django's state is told. */
export const onlyState = (state: string): string =>
  lines('migrations.SeparateDatabaseAndState', `state_operations=[\n    ${state},\n]`)
