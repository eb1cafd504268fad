/**
 * The strings that a key is set to in JavaScript, TypeScript or JSON: each where it is written out, alone or in a list, and all of them
 * where it is set more than once. None where it is not set; null where one is computed. Nothing is run for it.
 */
export function writtenOut(code: string, key: string): string[] | null {
  const found: string[] = []
  for (const value of valuesOf(withoutComments(code), key)) {
    const list = /^\[([^\]]*)\]/.exec(value)?.[1]
    const strings = list === undefined ? [stringAt(value)] : elementsOf(list)
    for (const string of strings) {
      if (string === null) return null
      found.push(string)
    }
  }
  return [...new Set(found)]
}

/** The same of a key between the braces that another one, `block`, is set to; null as well where that is computed. */
export function writtenOutIn(code: string, block: string, key: string): string[] | null {
  const plain = withoutComments(code)
  const values = valuesOf(plain, block)
  const isShort = values.length === 0 && new RegExp(`(?<![\\w$.])${block}\\s*[,}]`).test(plain)
  if (isShort || values.some((value) => !value.startsWith('{'))) return null
  return writtenOut(values.map((value) => value.slice(1, closing(value))).join('\n'), key)
}

function valuesOf(code: string, key: string): string[] {
  const pattern = new RegExp(`(?<![\\w$.])(['"]?)${key}\\1\\s*:\\s*`, 'g')
  return Array.from(code.matchAll(pattern), ({ index, 0: found }) => code.slice(index + found.length))
}

/** Null where a list or a value has something else than a string that is written out. */
function stringAt(value: string): string | null {
  return /^(['"`])([^'"`\\$\n]*)\1\s*(?:as const\s*)?(?=[,;})\n]|$)/.exec(value)?.[2] ?? null
}

function elementsOf(list: string): (string | null)[] {
  return list
    .split(',')
    .map((element) => element.trim())
    .filter((element) => element !== '')
    .map(stringAt)
}

function closing(value: string): number {
  let depth = 0
  for (const { 0: brace, index } of value.matchAll(/[{}]/g)) {
    depth += brace === '{' ? 1 : -1
    if (depth === 0) return index
  }
  return value.length
}

const stringOrComment = /(['"])(?:\\.|(?!\1)[^\\\n])*\1|`(?:\\.|[^\\`])*`|\/\*[\s\S]*?\*\/|\/\/.*$/gm

/** What begins a comment may stand in a string as well: in a pattern of files, or an address. */
function withoutComments(code: string): string {
  return code.replace(stringOrComment, (found) => (found.startsWith('/') ? '' : found))
}
