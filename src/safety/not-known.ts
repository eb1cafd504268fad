import type { Effect } from './effect.ts'
import type { Judgement } from './judgement.ts'

/** What the text alone does not tell of a form, and how it is taken then. */
interface Gap {
  readonly matches: (effect: Effect) => boolean
  /** Follows the names of the tables. */
  readonly sentence: string
}

const gaps: readonly Gap[] = [
  {
    matches: ({ work }) => work !== 'nothing',
    sentence: 'how large: work on all rows counts as long',
  },
  {
    matches: ({ form }) => form === 'set not null',
    sentence: 'whether a CHECK already proves that there is no NULL: taken as not',
  },
  {
    matches: ({ form }) => form.startsWith('change type'),
    sentence: 'the old type, which may make the change free: taken as a rewrite',
  },
  {
    matches: ({ form }) => form === 'add column with volatile default',
    sentence: 'whether a function in the default differs from row to row: taken as if it did',
  },
  {
    matches: ({ form }) => /^(drop|rename) (constraint|index|default)$/.test(form),
    sentence: 'what the running release needs of it: taken as if it did',
  },
  {
    // What row level security hides, it hides without asking the rows that are there.
    matches: ({ form, tightens, fails }) =>
      (tightens !== null && !/policy$|row security$/.test(form)) || fails !== null,
    sentence: 'whether its rows fit: the statement may fail on the data',
  },
]

/** Tables that are named in a sentence at most. */
const mostTables = 5

/** Sentences about what a judgement without a database could not know, in the words of its own tables. */
export function notKnownWithoutDatabase({ migrations }: Judgement): string[] {
  const effects = migrations.flatMap((migration) => migration.effects)
  const about = gaps.flatMap(({ matches, sentence }) => {
    const tables = tablesOf(effects.filter((effect) => !effect.isNew && matches(effect)))
    return tables === '' ? [] : [`${tables}: ${sentence}.`]
  })
  const general =
    effects.length === 0
      ? []
      : ['The version of Postgres, and who uses the database at the moment: the database was not asked.']
  return [...about, ...general]
}

/** Sentences about what the database was asked and could not say. */
export function notKnownByDatabase(
  { migrations, unasked = 0 }: Judgement,
  bytes: (table: string) => number | null,
): string[] {
  const effects = migrations.flatMap((migration) => migration.effects)
  const silent = effects.filter(
    ({ isNew, relation, work }) =>
      !isNew && work !== 'nothing' && relation !== '' && bytes(relation) === null,
  )
  const tables = tablesOf(silent)
  return [
    ...(tables === ''
      ? []
      : [`${tables}: how large, because the database has no such table yet, or no size of it.`]),
    ...(unasked === 0
      ? []
      : [`Whether the rows fit in every case: there was no time left for ${unasked} of the questions.`]),
  ]
}

function tablesOf(effects: readonly Effect[]): string {
  const tables = [...new Set(effects.map(({ relation }) => relation))].filter((name) => name !== '').sort()
  const more = tables.length - mostTables
  return tables.slice(0, mostTables).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
