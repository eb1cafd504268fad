/** What GitHub's runner takes for an order in a log: a line that begins with two colons, and its older form anywhere in a line. */
const order = /^\s*::|##\[/m

/**
 * Lines of a log of GitHub Actions, with orders around them that keep the runner from finding others inside: names and SQL of a
 * migration must not speak to it.
 */
export function withoutOrders(lines: string): string {
  if (!order.test(lines)) return lines
  const token = crypto.randomUUID()
  return `::stop-commands::${token}\n${lines}::${token}::\n`
}

/** How a document is written: what keeps orders in it from the runner must not change what it says. */
export type DocumentSyntax = 'json' | 'markup'

/** The same for a document: in JSON an order is spelt otherwise, in XML and Markdown what is around it stands in comments. */
export function documentWithoutOrders(text: string, syntax: DocumentSyntax): string {
  // A line of JSON never begins with a colon, and only its texts hold a '#'.
  if (syntax === 'json') return text.replaceAll('##[', '#\\u0023[')
  if (!order.test(text)) return text
  const token = crypto.randomUUID()
  // Before the declaration of XML there can be nothing.
  const [declaration = ''] = /^<\?xml.*\n/.exec(text) ?? []
  const rest = text.slice(declaration.length)
  return `${declaration}<!--\n::stop-commands::${token}\n-->\n${rest}\n<!--\n::${token}::\n-->`
}
