/** A text as Python reads it: each line in quotes of its own, which Python joins inside brackets. */
export function pythonText(text: string): string {
  const lines = text.split(/(?<=\n)/)
  return lines.map((line) => JSON.stringify(line)).join('\n')
}

/** A call in Python: on one line unless a text has several. */
export function pythonCall(name: string, ...words: readonly string[]): string {
  const oneLine = words.every((word) => !word.includes('\n'))
  if (oneLine) return `${name}(${words.join(', ')})`
  return [
    `${name}(`,
    ...indent(
      words.map((word) => `${word},`),
      4,
    ),
    ')',
  ].join('\n')
}

/** A text as Ruby reads it: nothing of it is taken for Ruby. */
export function rubyText(text: string): string {
  return JSON.stringify(text).replace(/#(?=[{$@])/g, '\\#')
}

/** A symbol of Ruby. */
export function rubySymbol(name: string): string {
  return /^[a-z_][a-z0-9_]*$/i.test(name) ? `:${name}` : `:${rubyText(name)}`
}

/** A constant as Python writes it. */
export function pythonConstant(constant: string | number | boolean): string {
  if (typeof constant === 'boolean') return constant ? 'True' : 'False'
  return typeof constant === 'number' ? String(constant) : pythonText(constant)
}

/** Lines, each that holds something moved to the right. */
export function indent(lines: readonly string[], spaces: number): string[] {
  return lines
    .flatMap((line) => line.split('\n'))
    .map((line) => (line === '' ? '' : ' '.repeat(spaces) + line))
}

/** The singular of a table's name, as far as the usual plurals go: 'category' of 'categories'. */
export function singular(word: string): string {
  if (/ies$/.test(word)) return word.replace(/ies$/, 'y')
  if (/(ss|us|is)$/.test(word)) return word
  return /(x|ch|sh|ss)es$/.test(word) ? word.replace(/es$/, '') : word.replace(/s$/, '')
}
