/** The name with its schema. The dot of a quoted name does not count as one between schema and name. */
export function qualified(name: string): string {
  const known = qualifiedNames.get(name)
  if (known !== undefined) return known
  const whole = /^("(?:[^"]|"")+"|[^".]+)$/.test(name) ? `public.${name}` : name
  if (qualifiedNames.size < mostNames) qualifiedNames.set(name, whole)
  return whole
}

/** The same few tables come up again and again. */
const qualifiedNames = new Map<string, string>()
const mostNames = 10_000

// Words that Postgres quotes although a name needs no quotes for them; which they are differs from version to version.
const needless = new RegExp(
  `(?<![^.])"(between|bigint|bit|boolean|char|character|coalesce|dec|decimal|exists|extract|float|greatest|grouping|inout|int|integer|interval|
  json|json_(?:array|arrayagg|exists|object|objectagg|query|scalar|serialize|table|value)|least|merge_action|national|nchar|none|
  normalize|nullif|numeric|out|overlay|position|precision|real|row|setof|smallint|substring|time|timestamp|treat|trim|values|varchar|
  xml(?:attributes|concat|element|exists|forest|namespaces|parse|pi|root|serialize|table))"(?![^.])`.replace(
    /\s+/g,
    '',
  ),
  'g',
)

/** A name that Postgres wrote, with no more quotes than SQL needs: the same for every version. */
export function withoutNeedlessQuotes(name: string): string {
  return name.includes('"') ? name.replace(needless, '$1') : name
}
