import type { App, Attachment } from '../model.ts'
import type { Store } from '../platform.ts'

const colors = [
  ...['AMBER', 'AQUA', 'BLACK', 'BLUE', 'BRONZE', 'BROWN', 'CHARCOAL', 'COBALT', 'COPPER', 'CRIMSON', 'CYAN'],
  ...['GOLD', 'GRAY', 'GREEN', 'IVORY', 'JADE', 'MAROON', 'MAUVE', 'NAVY', 'OLIVE', 'ONYX', 'ORANGE', 'PINK'],
  ...['PUCE', 'PURPLE', 'RED', 'ROSE', 'SILVER', 'TEAL', 'VIOLET', 'WHITE', 'YELLOW'],
]

/** Attachments of one app. */
export function attachmentsOf(store: Store, app: App): readonly Attachment[] {
  return store.attachments().filter(({ appId }) => appId === app.id)
}

/** HEROKU_POSTGRESQL_<COLOR>, the first colour that is free on the app; numbered when all are taken. */
export function colorName(taken: ReadonlySet<string>): string {
  for (let round = 0; ; round++) {
    const suffix = round === 0 ? '' : String(round)
    const free = colors.map((color) => `HEROKU_POSTGRESQL_${color}${suffix}`).find((name) => !taken.has(name))
    if (free !== undefined) return free
  }
}

/** The name for an attachment that nobody named: DATABASE for an app's first database, a colour for every other. */
export function defaultName(store: Store, app: App): string {
  const taken = new Set([
    ...attachmentsOf(store, app).map(({ name }) => name),
    // A config var of the user's own is never overwritten.
    ...Object.keys(app.configVars).map((name) => name.replace(/_URL$/, '')),
  ])
  return taken.has('DATABASE') ? colorName(taken) : 'DATABASE'
}

/** Whether a person may mean this attachment by `text`: its id, DATABASE, DATABASE_URL, or BLUE for HEROKU_POSTGRESQL_BLUE. */
export function namesAttachment(text: string, attachment: Attachment): boolean {
  const name = text.toUpperCase().replace(/_URL$/, '')
  return text === attachment.id || name === attachment.name || `HEROKU_POSTGRESQL_${name}` === attachment.name
}
