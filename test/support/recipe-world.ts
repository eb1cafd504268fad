import { readSchema, schemaDifference, type Schema } from '../../src/postgres/fingerprint.ts'
import { withConnection } from '../../src/postgres/connection.ts'
import { readFacts } from '../../src/postgres/facts.ts'
import { readRecipe } from '../../src/safety/code/context.ts'
import type { Finding, Recipe, RecipeStep } from '../../src/safety/finding.ts'
import { frameworkCode, type Code, type CodeTarget } from '../../src/safety/framework-code.ts'
import { rules } from '../../src/safety/rules.ts'
import { judge } from '../../src/safety/verdict.ts'
import { pendingSql } from './pending-sql.ts'
import type { TestPostgres } from './postgres.ts'
import { schemaOfExample } from './rule-schema.ts'

/** The rules whose recipe is more than a change of code. */
export const rulesWithRecipe = rules.filter(({ recipe }) => recipe !== undefined)

/** Makes the schema that the bad example of a rule speaks of, and reads the recipe that is there for it. */
export async function prepareRecipe(url: string, id: string): Promise<Recipe> {
  const rule = rulesWithRecipe.find((candidate) => candidate.id === id)
  if (rule === undefined) throw new Error(`There is no rule ${id} with a recipe.`)
  return withConnection(url, async (client) => {
    await client.query(schemaOfExample(rule.bad))
    const found = findingOf(await judge([pendingSql(rule.bad)], await readFacts(client)), id)
    const before = rule.bad.slice(0, Math.max(0, rule.bad.indexOf(found.sql ?? '')))
    // What stands before the statement stays as it is.
    if (before.trim() !== '') await client.query(before)
    if (found.recipe === null) throw new Error(`The finding ${id} has no recipe.`)
    // Postgres drops nothing that a view shows.
    if (/drop (column|table)/i.test(found.recipe.steps.flatMap(({ sql }) => sql).join()))
      await client.query('drop view if exists cheap_items; drop materialized view item_counts')
    return found.recipe
  })
}

function findingOf({ migrations }: Awaited<ReturnType<typeof judge>>, id: string): Finding {
  const found = migrations.flatMap(({ findings }) => findings).find(({ rule }) => rule === id)
  if (found === undefined) throw new Error(`The bad example of ${id} does not violate it.`)
  return found
}

/** Runs the SQL of a recipe, each step as the migration that it is. */
export async function runSql(url: string, { steps }: Recipe): Promise<void> {
  await withConnection(url, async (client) => {
    for (const { sql, noTransaction, repeatsWhile } of steps) {
      if (noTransaction !== true) await client.query('begin')
      for (const statement of sql) {
        if (repeatsWhile === undefined) await client.query(statement)
        else while ((await client.query(repeatsWhile)).rowCount !== 0) await client.query(statement)
      }
      if (noTransaction !== true) await client.query('commit')
    }
  })
}

/** What a framework's code for a recipe came to. */
export interface Proof {
  /** What it did that the SQL did not, and the other way round. */
  readonly difference: readonly string[]
  /** What is left of it after its way back; null where there is none, or nothing to take back. */
  readonly leftOver: readonly string[] | null
}

/** A step and what the framework's code for it is. */
export type Written = readonly [RecipeStep, Code]

/** A framework at work: every function runs the framework itself. */
export interface ProofOptions {
  readonly target: CodeTarget
  /** The tables that are the framework's own. */
  readonly ignore: readonly string[]
  /** Makes a project whose migrations are these, in their order, and removes it in the end. */
  readonly withProject: <T>(
    url: string,
    code: readonly Written[],
    use: (project: { apply(): Promise<unknown>; takeBack(): Promise<unknown> }) => Promise<T>,
  ) => Promise<T>
}

/** Applies the code of a recipe with the framework itself, compares the schema with that of the SQL, and takes it back. */
export async function prove(server: TestPostgres, id: string, options: ProofOptions): Promise<Proof> {
  const { target, ignore } = options
  const [reference, url] = [await server.createDatabase(), await server.createDatabase()]
  const recipe = await prepareRecipe(reference, id)
  await prepareRecipe(url, id)
  const schemaOf = (address: string): Promise<Schema> =>
    withConnection(address, (client) => readSchema(client, { ignore }))
  const before = await schemaOf(url)
  await runSql(reference, recipe)
  const written = frameworkCode(recipe, target)
  const code = recipe.steps.flatMap((step, index): Written[] => {
    const text = written[index]
    return text === null || text === undefined ? [] : [[step, text]]
  })
  return options.withProject(url, code, async (project) => {
    await project.apply()
    const difference = schemaDifference(await schemaOf(reference), await schemaOf(url))
    if (!canBeTakenBack(recipe, target)) return { difference, leftOver: null }
    await project.takeBack()
    return { difference, leftOver: schemaDifference(before, await schemaOf(url)) }
  })
}

function canBeTakenBack(recipe: Recipe, target: CodeTarget): boolean {
  const operations = readRecipe(recipe, target).steps.flatMap((step) => step.operations)
  return operations[0]?.reverse !== '' && operations.every(({ reverse }) => reverse !== null)
}
