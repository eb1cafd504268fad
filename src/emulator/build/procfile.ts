/** The process types of a Procfile, in its order; lines that declare none are passed over, as Heroku does. */
export function parseProcfile(text: string): Record<string, string> {
  const types: Record<string, string> = {}
  for (const line of text.split(/\r?\n/)) {
    const match = /^([A-Za-z0-9_-]+):\s*(\S.*?)\s*$/.exec(line)
    if (match?.[1] !== undefined && match[2] !== undefined) types[match[1]] = match[2]
  }
  return types
}
