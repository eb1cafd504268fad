/** The check of a commit, as a command line. */
export interface HookCommand {
  /** The project's directory from the top of the repository: empty, or with a slash at its end. */
  readonly prefix: string
  /** Whether lockkeeper is a dependency of the project or of one around it, started by npx. */
  readonly local: boolean
}

/** The command without the file of the message, which comes behind it. */
export function checkCommand({ prefix, local }: HookCommand): string {
  const program = local ? 'npx --no-install lockkeeper' : 'lockkeeper'
  const directory = prefix === '' ? '' : ` --directory ${quote(prefix)}`
  return `${program} check --staged${directory} --commit-message`
}

/** Lines of a POSIX shell script whose first argument is the file of the message. */
export function shellLines({ prefix }: HookCommand): string[] {
  const programs = foldersAbove(prefix).map((folder) => quote(`${folder}node_modules/.bin/lockkeeper`))
  const directory = prefix === '' ? '' : ` --directory ${quote(prefix)}`
  return [
    '# Judges the migrations that the commit adds; [allow-unsafe-migrations] in its message accepts them.',
    '# Put here by "lockkeeper hooks install", taken away by "lockkeeper hooks uninstall".',
    // A work tree beside the first one has what is installed there.
    'lockkeeper_first=$(git rev-parse --git-common-dir)/..',
    `for lockkeeper in ${programs.map((program) => `./${program} "$lockkeeper_first"/${program}`).join(' ')} lockkeeper; do`,
    '  command -v "$lockkeeper" >/dev/null 2>&1 && break',
    'done',
    'if command -v "$lockkeeper" >/dev/null 2>&1; then',
    `  "$lockkeeper" check --staged${directory} --commit-message "$1" || exit $?`,
    'else',
    '  echo "lockkeeper is not installed: the migrations of this commit are not judged." >&2',
    'fi',
  ]
}

/** The folders from the project's up to the top of the repository: each empty, or with a slash at its end. */
export function foldersAbove(prefix: string): string[] {
  return prefix === '' ? [''] : [prefix, ...foldersAbove(prefix.replace(/[^/]+\/$/, ''))]
}

function quote(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
