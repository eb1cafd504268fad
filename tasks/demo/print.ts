import type { StoryResult } from './play.ts'

const yesOrNo = (value: boolean | null) => (value === null ? '-' : value ? 'yes' : 'NO')

const columns: readonly { title: string; value: (result: StoryResult) => string; left?: true }[] = [
  { title: 'deploy', value: ({ name }) => name, left: true },
  {
    title: 'exit (expected)',
    value: ({ exitCode, expectedExitCode }) => `${exitCode} (${expectedExitCode})`,
  },
  { title: 'requests', value: ({ requests }) => String(requests.sent) },
  { title: 'failed', value: ({ requests }) => String(requests.failed) },
  { title: 'maintenance', value: ({ requests }) => String(requests.maintenance) },
  { title: 'writes', value: ({ writes }) => String(writes.acknowledged) },
  { title: 'lost', value: ({ writes }) => String(writes.lost) },
  { title: 'schema restored', value: ({ schemaRestored }) => yesOrNo(schemaRestored) },
  { title: 'release', value: ({ release }) => release },
  { title: 'time', value: ({ seconds }) => `${seconds.toFixed(1)} s` },
]

/** The table that ends the demo, one line per story. */
export function formatTable(results: readonly StoryResult[]): string {
  const cells = [
    columns.map(({ title }) => title),
    ...results.map((result) => columns.map((c) => c.value(result))),
  ]
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => row[index]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, index) => {
        const width = widths[index] ?? 0
        return columns[index]?.left ? cell.padEnd(width) : cell.padStart(width)
      })
      .join('  ')
      .trimEnd()
  const [head = [], ...rows] = cells
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n')
}

/** How one story ended, in a line under its output. */
export function formatEnding(result: StoryResult): string {
  const { requests, writes, exitCode, schemaRestored } = result
  const refused = requests.maintenance > 0 ? `, ${requests.maintenance} saw the maintenance page` : ''
  const parts = [
    `exit ${exitCode}`,
    `${requests.sent} requests, ${requests.failed} failed${refused}`,
    `${writes.acknowledged} writes acknowledged, ${writes.lost} lost`,
    ...(schemaRestored === null ? [] : [schemaRestored ? 'schema as before' : 'schema NOT as before']),
    `${result.seconds.toFixed(1)} s`,
  ]
  return [parts.join('; '), ...result.problems.map((problem) => `NOT AS EXPECTED: ${problem}`)].join('\n')
}
