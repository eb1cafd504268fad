/** The name with its schema. The dot of a quoted name does not count as one between schema and name. */
export function qualified(name: string): string {
  return /^("(?:[^"]|"")+"|[^".]+)$/.test(name) ? `public.${name}` : name
}
