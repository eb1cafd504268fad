import { parseArgs, type ParseArgsConfig } from 'node:util'
import { UsageError } from '../src/errors.ts'

type Options = NonNullable<ParseArgsConfig['options']>
type Values<T extends Options> = ReturnType<
  typeof parseArgs<{ options: T; allowPositionals: true }>
>['values']

/** The words after a tool's name, by its options and at most one file. UsageError for what it does not know. */
export function readWords<T extends Options>(options: T): { values: Values<T>; file: string | undefined } {
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true })
    if (positionals.length > 1)
      throw new UsageError(`One file at a time: ${positionals.join(', ')} are several.`)
    return { values, file: positionals[0] }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    // Node goes on with how to write what is no option.
    const [what = error.message] = error.message.split('. To specify')
    throw new UsageError(what.endsWith('.') ? what : `${what}.`)
  }
}

/** Runs a tool to its exit code. Wrong usage is one message and ends with 2. */
export async function runTool(usage: string, tool: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await tool()
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(` !     ${error.message}\n\n${usage}\n`)
    process.exitCode = 2
  }
}
