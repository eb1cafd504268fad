/** What the scanner may take for rows of operators: about a second. */
const most = 5e7

/**
 * Whether Postgres' own scanner takes too long for a text: from each character of a row of operators, and from each beginning of a
 * comment in a comment, it looks to the end of the row.
 */
export function takesTooLong(sql: string): boolean {
  let cost = 0
  for (const { 0: row } of sql.matchAll(/[-+*/<>=~!@#%^&|`?]{2,}/g)) {
    // A comment to the end of the line is read once.
    if (!row.startsWith('--') || row.includes('/*')) cost += row.length ** 2
    if (cost > most) return true
  }
  return false
}
