import { bySetup, type Truth, type UntoldCase } from '../accuracy/case.ts'
import { look, observe, prepare } from './observe-case.ts'
import type { Scratch } from './scratch.ts'

/** The truth of each case by its id, or why its schema cannot be made. */
export type Truths = ReadonlyMap<string, Truth | string>

/** Finds out the truth of cases. Those of one schema share its making. */
export async function observeAll(cases: readonly UntoldCase[], scratch: Scratch): Promise<Truths> {
  const truths = new Map<string, Truth | string>()
  for (const [setup, group] of bySetup(cases)) {
    let open: readonly UntoldCase[] = group
    while (open.length > 0) open = await observeSome(setup, open, truths, scratch)
  }
  return truths
}

/** Observes the first of the cases, until one changes the roles, which all databases share. The others are left to do. */
async function observeSome(
  setup: string,
  group: readonly UntoldCase[],
  truths: Map<string, Truth | string>,
  { withDatabases, roles }: Scratch,
): Promise<readonly UntoldCase[]> {
  return withDatabases(async (create) => {
    const template = await create()
    try {
      await prepare(template, setup)
    } catch (error) {
      for (const { id } of group) truths.set(id, `its schema cannot be made: ${String(error)}`)
      return []
    }
    const prepared = await look(await create(template))
    const before = await roles()
    for (const [index, given] of group.entries()) {
      truths.set(given.id, await observe(given, prepared, () => create(template)))
      if ((await roles()) !== before) return group.slice(index + 1)
    }
    return []
  })
}
