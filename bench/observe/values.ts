/** How a type is filled. Domains are filled as what they are domains of. */
export interface FilledType {
  /** As Postgres prints it: 'character varying(20)', 'numeric(10,2)', 'shop.mood'. */
  readonly type: string
  /** pg_type.typtype of the base type: 'e' for an enum, 'r' for a range. */
  readonly kind: string
  readonly array: boolean
}

/** An expression of SQL for the value number `n`, itself an expression: another value for each number where the type has as many. */
export function valueSql({ type, kind, array }: FilledType, n: string): string {
  if (array) return `'{}'`
  if (kind === 'e') return `(enum_range(null::${type}))[1]`
  if (kind === 'r') return rangeSql(type, n)
  const [name = type, size] = [type.replace(/\(.*\)/, ''), /\((\d+)(?:,(-?\d+))?\)/.exec(type)]
  const length = Number(size?.[1] ?? 0)
  switch (name) {
    case 'smallint':
      return `((${n}) % 30000)`
    case 'numeric':
      return numericSql(n, length, Number(size?.[2] ?? 0), size !== null)
    case 'character varying':
    case 'character':
      return length > 0 ? `right('v' || (${n}), ${length})` : `('v' || (${n}))`
    case 'bit':
    case 'bit varying':
      return `repeat('1', ${Math.max(1, length)})`
    default:
      return values.get(name)?.(n) ?? 'null'
  }
}

function numericSql(n: string, precision: number, scale: number, limited: boolean): string {
  const fraction = !limited || scale >= 2 ? ' + 0.25' : ''
  const whole = limited ? Math.max(0, precision - scale) : 30
  return `((${n}) % (10::numeric ^ ${whole}))::numeric${fraction}`
}

function rangeSql(type: string, n: string): string {
  if (/^(int|num)/.test(type)) return `format('[%s,%s)', (${n}) * 2, (${n}) * 2 + 1)`
  if (!/^(ts|date)/.test(type)) return 'null'
  return `format('[%s,%s)', timestamp '2020-01-01' + (${n}) * interval '1 day', timestamp '2020-01-01' + (${n} + 1) * interval '1 day')`
}

const number = (n: string) => `(${n})`
const text = (n: string) => `('v' || (${n}))`

const values: ReadonlyMap<string, (n: string) => string> = new Map([
  ['integer', number],
  ['bigint', number],
  ['real', number],
  ['double precision', number],
  ['oid', number],
  ['money', number],
  ['text', text],
  ['citext', text],
  ['name', text],
  ['"char"', () => `'a'`],
  ['bytea', (n: string) => `decode(md5((${n})::text), 'hex')`],
  ['uuid', (n: string) => `md5((${n})::text)`],
  ['boolean', (n: string) => `((${n}) % 2 = 0)`],
  ['date', (n: string) => `(date '2020-01-01' + (${n})::int)`],
  [
    'timestamp without time zone',
    (n: string) => `(timestamp '2020-01-01' + (${n}) * interval '1 hour 1.123456 s')`,
  ],
  [
    'timestamp with time zone',
    (n: string) => `(timestamptz '2020-01-01 00:00Z' + (${n}) * interval '1 hour 1.123456 s')`,
  ],
  ['time without time zone', (n: string) => `(time '00:00' + (${n}) * interval '1.123456 s')`],
  ['time with time zone', (n: string) => `(timetz '00:00Z' + (${n}) * interval '1.123456 s')`],
  ['interval', (n: string) => `((${n}) * interval '1.123456 s')`],
  ['json', (n: string) => `format('{"n": %s}', (${n}))`],
  ['jsonb', (n: string) => `format('{"n": %s}', (${n}))`],
  ['xml', (n: string) => `format('<n>%s</n>', (${n}))`],
  ['inet', () => `'10.0.0.0/8'`],
  ['cidr', () => `'10.0.0.0/8'`],
  ['macaddr', () => `'08:00:2b:01:02:03'`],
  ['point', (n: string) => `point((${n}), (${n}))`],
  ['tsvector', text],
  ['hstore', () => `''`],
  ['ltree', text],
])
