import { readFileSync } from 'node:fs'
import { settings } from '../../src/emulator/settings.ts'

const place = /(<!-- settings: .* -->\n)[^]*(<!-- end of settings -->)/

/** docs/emulator.md as it should be: what a person wrote, with the settings from the code in their place. */
export function emulatorPage(file: URL): string {
  const page = readFileSync(file, 'utf8')
  if (!place.test(page)) throw new Error('docs/emulator.md has no place for the settings')
  return page.replace(place, (_all, start: string, end: string) => `${start}\n${settingsTable()}\n\n${end}`)
}

/** Columns of equal width, as the project's formatter leaves them. */
function settingsTable(): string {
  const rows = Object.entries(settings).map(([name, setting]) => [
    `\`${name}\``,
    `\`${String(setting.default)}\``,
    setting.meaning,
    setting.basis as string,
  ])
  const all = [['name', 'default', 'meaning', 'known'], ...rows]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((cells) => (cells[column] ?? '').length)))
  const line = (cells: readonly string[], fill = ' ') =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(' | ')} |`
  const [head = [], ...body] = all
  return [line(head), line(['', '', '', ''], '-'), ...body.map((cells) => line(cells))].join('\n')
}
