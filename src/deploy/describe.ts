import type { DeployRecord } from './record.ts'

/** The last line of a deploy that ended well. */
export function describeDeploy({ app, commit, release, steps, before }: DeployRecord): string {
  if (steps.length === 0) return `${app} is up to date at v${before.release}`
  if (steps.some(({ status }) => status === 'planned'))
    return `This was a dry run: nothing was changed on ${app}`
  return `${app} runs ${commit.slice(0, 8)} as v${release ?? before.release}`
}
