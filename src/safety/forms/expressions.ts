import type { Node } from 'libpg-query'
import { as, strings, within } from '../nodes.ts'
import type { World } from '../known.ts'
import { columnOf, quoteName } from '../sql-text.ts'

// Functions of Postgres itself that are immutable or stable, among those that are used as defaults. One value serves all
// rows, so no row has to be written. Anything else counts as volatile: for user functions only the target could tell.
/** What is immutable or stable, for a judgement without the database. */
export const notVolatile: ReadonlySet<string> = new Set(
  `now transaction_timestamp statement_timestamp timezone date_trunc date_part make_date make_time make_interval make_timestamp
  make_timestamptz to_char to_date to_timestamp to_number age justify_days justify_hours justify_interval
  lower upper initcap length char_length octet_length concat concat_ws left right lpad rpad btrim ltrim rtrim trim substr substring
  replace split_part repeat reverse format md5 sha224 sha256 sha384 sha512 encode decode quote_ident quote_literal
  abs ceil ceiling floor round trunc sqrt power mod sign pi greatest least
  json_build_object json_build_array jsonb_build_object jsonb_build_array json_object jsonb_object to_json to_jsonb row_to_json
  array_fill array_append array_cat array_prepend string_to_array array_to_string cardinality
  to_tsvector plainto_tsquery to_tsquery current_setting current_schema current_database current_user session_user
  int4range int8range numrange tsrange tstzrange daterange inet_client_addr txid_current pg_backend_pid bool abbrev host`.split(
    /\s+/,
  ),
)

/** The functions that an expression or a query calls and that may do anything. */
export function unknownFunctions(root: unknown, world: World): string[][] {
  return within(root, 'FuncCall')
    .map(({ funcname }) => strings(funcname))
    .filter((parts) => !isHarmless(parts) && !isReadOnly(parts, world))
}

// What reads, formats or aggregates; and what writes nothing but a sequence, which the statements of a migration may.
const harmless = new Set(
  `count sum avg min max array_agg string_agg json_agg jsonb_agg json_object_agg jsonb_object_agg bool_and bool_or every row_number
  rank dense_rank lag lead first_value last_value generate_series unnest coalesce nullif random gen_random_uuid uuid_generate_v4
  clock_timestamp timeofday nextval currval lastval setval set_config pg_get_serial_sequence to_regclass to_regtype exists
  jsonb_set jsonb_strip_nulls jsonb_array_elements jsonb_array_elements_text jsonb_each jsonb_each_text jsonb_object_keys
  regexp_replace regexp_match regexp_matches regexp_split_to_table regexp_split_to_array position strpos translate ascii chr
  version pg_sleep pg_sleep_for pg_sleep_until pg_notify pg_advisory_lock pg_advisory_xact_lock pg_try_advisory_lock pg_try_advisory_xact_lock
  pg_advisory_unlock pg_advisory_unlock_all pg_relation_size pg_total_relation_size pg_table_size`.split(
    /\s+/,
  ),
)

// Postgres lets a stable or immutable function change nothing.
function isReadOnly(parts: readonly string[], { facts }: World): boolean {
  const name = parts.map(quoteName).join('.')
  const own = facts?.functions?.(name) ?? []
  if (own.length > 0) return own.every(({ volatile }) => !volatile)
  const base = parts.at(-1) ?? ''
  return (parts.length === 1 || parts[0] === 'pg_catalog') && facts?.isVolatileBuiltin?.(base) === false
}

function isHarmless(parts: readonly string[]): boolean {
  const name =
    parts.length === 2 && parts[0] === 'pg_catalog' ? parts[1] : parts.length === 1 ? parts[0] : undefined
  return name !== undefined && (notVolatile.has(name) || harmless.has(name))
}

/** True for DEFAULT NULL, with or without a cast. */
export function isNullConstant(expression: Node | undefined): boolean {
  const cast = as(expression, 'TypeCast')
  if (cast !== undefined) return isNullConstant(cast.arg)
  return as(expression, 'A_Const')?.isnull === true
}

/** Whether the condition can only hold, or only fail, when the column has a value: what lets SET NOT NULL skip its scan. */
export function provesNotNull(condition: Node | undefined, column: string, holds = true): boolean {
  const test = as(condition, 'NullTest')
  if (test !== undefined)
    return test.nulltesttype === (holds ? 'IS_NOT_NULL' : 'IS_NULL') && columnOf(test.arg) === column
  const { boolop, args = [] } = as(condition, 'BoolExpr') ?? {}
  if (boolop === undefined) return false
  if (boolop === 'NOT_EXPR') return provesNotNull(args[0], column, !holds)
  const proves = (part: Node) => provesNotNull(part, column, holds)
  return (boolop === 'AND_EXPR') === holds ? args.some(proves) : args.every(proves)
}

/** The columns that a condition reads. */
export function columnsOf(condition: Node | undefined): string[] {
  return [
    ...new Set(
      within(condition, 'ColumnRef').flatMap((reference) => columnOf({ ColumnRef: reference }) ?? []),
    ),
  ]
}
