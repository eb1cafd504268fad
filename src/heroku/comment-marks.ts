import { git } from './git-command.ts'

/** With what the lines of a commit message begin that git leaves out of it: '#', or what core.commentChar says. */
export async function commentMarks(directory: string): Promise<readonly string[]> {
  const { stdout } = await git(directory, ['config', '--get-regexp', '^core\\.comment(char|string)$'])
  const said = stdout.split('\n').at(-1)?.replace(/^\S+ /, '') || '#'
  // git then takes one of these that no line of the message begins with.
  return said === 'auto' ? [...'#;@!$%^&|'] : [said]
}
