import { schemaDifference } from '../../postgres/fingerprint.ts'
import { readTargetSchema } from '../before.ts'
import type { Recovery } from './recovery.ts'

/** The exact next commands for a person, built from what is true now. Never throws: it is the last thing that is said. */
export async function adviceFor(recovery: Recovery): Promise<string[]> {
  const { target, to, backup } = recovery
  const app = target.app.name
  const difference = await describeDifference(recovery)
  const quiesced = recovery.quiesced() !== null
  const sizes = to.formation.map(({ type, quantity }) => `${type}=${quantity}`).join(' ')
  return [
    ...difference,
    `See what is current: heroku releases --app ${app}`,
    ...(backup === null
      ? []
      : [
          `Bring back the database of before (loses every write since): heroku pg:backups:restore ${backup.transfer.name} ` +
            `${target.database.configVar} --app ${app} --confirm ${app}`,
        ]),
    `Bring back the release of before: heroku releases:rollback v${to.release.version} --app ${app}`,
    ...(quiesced
      ? [
          `${app} stays in maintenance, with every dyno stopped. When app and database fit each other again: ` +
            `heroku ps:scale ${sizes} --app ${app}`,
          ...(to.maintenance ? [] : [`Then: heroku maintenance:off --app ${app}`]),
        ]
      : []),
  ]
}

async function describeDifference({ target, to }: Recovery): Promise<string[]> {
  if (to.schema === null) return []
  try {
    const lines = schemaDifference(to.schema, await readTargetSchema(target))
    if (lines.length === 0) return ['The schema is the one from before the deploy.']
    return ['The schema now, next to the one before the deploy:', ...lines.map((line) => `  ${line}`)]
  } catch {
    return ['The schema could not be read just now.']
  }
}
