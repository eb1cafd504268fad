import { alembicCode } from './code/alembic.ts'
import { readRecipe, type CodeTarget, type ReadStep, type RecipeContext } from './code/context.ts'
import { djangoCode } from './code/django.ts'
import { railsCode } from './code/rails.ts'
import type { Recipe } from './finding.ts'

export type { CodeTarget } from './code/context.ts'

/** The frameworks whose own code a recipe can be written in. */
export const codeFrameworks = ['django', 'alembic', 'rails'] as const
export type CodeFramework = (typeof codeFrameworks)[number]

/** A step of a recipe in a framework's own code. */
export interface Code {
  readonly language: 'python' | 'ruby'
  readonly framework: CodeFramework
  /** The body of a migration, or of a model where the app's code changes. */
  readonly text: string
}

export function isCodeFramework(name: string): name is CodeFramework {
  return codeFrameworks.some((framework) => framework === name)
}

type Write = (step: ReadStep, context: RecipeContext) => string | null

const writers: Readonly<Record<CodeFramework, { language: Code['language']; write: Write }>> = {
  django: { language: 'python', write: djangoCode },
  alembic: { language: 'python', write: alembicCode },
  rails: { language: 'ruby', write: railsCode },
}

/**
 * The steps of a recipe in a framework's own code, one entry each: its own operations where it has them, SQL through it where it has
 * none. Null for a step that is neither a migration nor anything that the framework must be told. The parser must be loaded.
 */
export function frameworkCode(recipe: Recipe, target: CodeTarget): readonly (Code | null)[] {
  const { framework } = target
  const { language, write } = writers[framework]
  const context = readRecipe(recipe, target)
  return context.steps.map((step) => {
    const text = write(step, context)
    return text === null ? null : { language, framework, text }
  })
}
