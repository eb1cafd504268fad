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
