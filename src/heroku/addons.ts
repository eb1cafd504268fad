import { z } from 'zod'
import { PreconditionError } from '../errors.ts'
import { appPath } from './apps.ts'
import type { HerokuClient } from './client.ts'
import { getConfigVars } from './config-vars.ts'
import { isNotFound } from './errors.ts'

/** The database that an attachment of an app stands for. */
export interface Database {
  /** What the data API calls it. */
  readonly addonId: string
  readonly addonName: string
  /** The app that owns it: backups are listed there. It may be another one than the target. */
  readonly billingApp: string
  /** DATABASE_URL, ... */
  readonly configVar: string
  /** The connection string, with its password: a secret. */
  readonly url: string
  /** heroku-postgresql:standard-0. null when Heroku does not say. */
  readonly plan: string | null
}

const attachment = z.object({
  name: z.string(),
  addon: z.object({
    id: z.string(),
    name: z.string(),
    app: z.object({ name: z.string() }),
    plan: z.object({ name: z.string() }).nullish(),
  }),
  config_vars: z.array(z.string()).nullish(),
})
type Attachment = z.infer<typeof attachment>

const inclusion = { 'Accept-Inclusion': 'addon:plan,config_vars' }
const service = 'heroku-postgresql'

/**
 * Finds the Postgres behind an attachment ('DATABASE', or its config var 'DATABASE_URL'). PreconditionError when the app has
 * no such attachment, or it is not a Heroku Postgres.
 */
export async function resolveDatabase(client: HerokuClient, app: string, name: string): Promise<Database> {
  const wanted = name.replace(/_URL$/, '')
  const [attachments, configVars] = await Promise.all([
    findAttachments(client, app, wanted),
    getConfigVars(client, app),
  ])
  const found = attachments.filter(isPostgres)
  const [first] = found
  if (!first) throw noDatabase(app, wanted, attachments)
  if (found.some((item) => item.addon.id !== first.addon.id)) {
    throw new PreconditionError(`"${wanted}" stands for more than one database of the app "${app}".`)
  }
  const configVar = first.config_vars?.find((item) => item.endsWith('_URL')) ?? `${first.name}_URL`
  const url = configVars[configVar]
  if (!url) {
    throw new PreconditionError(
      `The app "${app}" has no config var ${configVar}; its database may still be provisioning.`,
    )
  }
  return {
    addonId: first.addon.id,
    addonName: first.addon.name,
    billingApp: first.addon.app.name,
    configVar,
    url,
    plan: first.addon.plan?.name ?? null,
  }
}

async function findAttachments(client: HerokuClient, app: string, name: string): Promise<Attachment[]> {
  try {
    return await client.request('POST', '/actions/addon-attachments/resolve', {
      body: { addon_attachment: name, app },
      headers: inclusion,
      expect: z.array(attachment),
      // It only reads.
      repeat: 'safe',
    })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
  return attachmentsByValue(client, app, name)
}

/**
 * A config var that somebody set by hand to the URL of an attached database has no attachment of its own name: it stands for
 * the attachment whose config var has the same value.
 */
async function attachmentsByValue(client: HerokuClient, app: string, name: string): Promise<Attachment[]> {
  const [all, configVars] = await Promise.all([
    client.list(appPath(app, 'addon-attachments'), { item: attachment, headers: inclusion }),
    getConfigVars(client, app),
  ])
  const named = all.filter((item) => item.name === name)
  if (named.length > 0) return named
  const url = configVars[`${name}_URL`]
  return url === undefined ? [] : all.filter((item) => configVars[`${item.name}_URL`] === url).slice(0, 1)
}

/** An attachment whose plan is not told is believed. */
function isPostgres(item: Attachment): boolean {
  return !item.addon.plan || item.addon.plan.name.split(':')[0] === service
}

function noDatabase(app: string, name: string, others: readonly Attachment[]): PreconditionError {
  const [other] = others
  return new PreconditionError(
    other
      ? `"${name}" of the app "${app}" is ${other.addon.plan?.name ?? 'another add-on'} and not a Heroku Postgres.`
      : `The app "${app}" has no Postgres database attached as ${name}.`,
    {
      next: [
        `Run "heroku addons --app ${app}", then set \`database\` in lockkeeper.yml to the attachment's name.`,
      ],
    },
  )
}
