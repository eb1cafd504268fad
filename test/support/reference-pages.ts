import type { Command } from '@oclif/core'
import { configurationReference } from '../../src/config/reference.ts'
import { exitCodes } from '../../src/errors.ts'
import { loadCommands } from '../../tasks/index.ts'

const commands = await loadCommands()

/** The pages of docs/reference by file name, made from the code that they describe. */
export function referencePages(): Readonly<Record<string, string>> {
  return {
    'exit-codes.md': exitCodePage(),
    'configuration.md': configurationPage(),
    'commands.md': commandPage(),
  }
}

export const heading = (title: string, ...paragraphs: string[]): string =>
  [`# ${title}`, 'Made from the code by `npm run docs`. Do not edit.', ...paragraphs, ''].join('\n\n')

const row = (...cells: string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`

export const table = (header: string[], rows: string[][]): string =>
  [row(...header), row(...header.map(() => '---')), ...rows.map((cells) => row(...cells))].join('\n')

function exitCodePage(): string {
  const rows = Object.values(exitCodes).map(({ code, meaning }) => [String(code), meaning])
  return heading('Exit codes', 'Every command ends with one of these.', table(['code', 'meaning'], rows))
}

function configurationPage(): string {
  const rows = configurationReference().map((entry) => [
    `\`${entry.key}\``,
    entry.type,
    entry.required ? 'required' : entry.default === '' ? '' : `\`${entry.default}\``,
    entry.description,
  ])
  return heading(
    'lockkeeper.yml',
    'Every key is optional; a required one has to stand where what it is a part of does. Flags win over the environment, the environment over this file.',
    table(['key', 'type', 'default', 'meaning'], rows),
  )
}

function commandPage(): string {
  const pages = Object.entries(commands).map(([name, command]) => describeCommand(name, command))
  return heading('Commands', ...pages.flat())
}

function describeCommand(name: string, command: Command.Class): string[] {
  const flags = Object.entries(command.flags ?? {}).map(
    ([flag, { char, description, default: standard }]) => [
      `\`--${flag}\`${char === undefined ? '' : `, \`-${char}\``}`,
      description ?? '',
      typeof standard === 'string' || typeof standard === 'number' ? `\`${standard}\`` : '',
    ],
  )
  const examples = (command.examples ?? []).map((example) =>
    (typeof example === 'string' ? example : example.command).replaceAll('<%= config.bin %>', 'lockkeeper'),
  )
  return [
    `## lockkeeper ${name}`,
    capitalise(`${command.summary ?? ''}.`),
    ...(command.description === undefined ? [] : [command.description]),
    ['```console', ...examples.map((example) => `$ ${example}`), '```'].join('\n'),
    table(['flag', 'meaning', 'default'], flags),
  ]
}

const capitalise = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
