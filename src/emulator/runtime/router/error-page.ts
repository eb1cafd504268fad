import type { App } from '../../model.ts'
import type { RouterErrorCode } from './error-codes.ts'

/** The HTML that a client gets with status 503. The user's own page, when a config var names one, is shown in a frame. */
export function errorPage(code: RouterErrorCode, app: App): string {
  if (code === 'H80') {
    return ownPage(app.configVars.MAINTENANCE_PAGE_URL) ?? page('Offline for Maintenance', maintenanceText)
  }
  if (code === 'H81') return page('Nothing here yet', 'No release of this app holds any code.')
  return ownPage(app.configVars.ERROR_PAGE_URL) ?? page('Application error', errorText)
}

const maintenanceText = 'This application is being maintained. Please come back later.'
const errorText = 'The application could not serve this page. Its owner finds the reason in the logs.'

function ownPage(url: string | undefined): string | undefined {
  if (url === undefined || url === '') return undefined
  const source = url.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
  return document('', `<iframe src="${source}" style="border:0;width:100%;height:100vh"></iframe>`)
}

function page(title: string, text: string): string {
  return document(title, `<h1>${title}</h1><p>${text}</p>`)
}

function document(title: string, body: string): string {
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>`
  return `<!DOCTYPE html>\n<html><head>${head}</head><body>${body}</body></html>\n`
}
