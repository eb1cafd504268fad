/** A text as Python reads it: several lines in triple quotes, everything else in double ones. */
export function pythonText(text: string): string {
  const raw = text.includes('\n') && !/["\\]/.test(text)
  return raw ? `"""${text}"""` : JSON.stringify(text)
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

/** Lines, each that holds something moved to the right. The lines of a text in triple quotes move with it. */
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
