import { readFileSync } from 'node:fs'
import { rules } from '../../src/safety/rules.ts'
import type { Random } from './random.ts'

/** Statements from which the mutations start: the cases of the accuracy, the examples of every rule, and what neither has. */
const corpus: readonly string[] = [
  ...rules.flatMap(({ bad, good }) => [bad, good]),
  ...readCases(),
  'do $$ begin perform 1; end $$;',
  "insert into t values (1, 'it''s', E'\\\\', $x$ $$ $x$) on conflict (a) do update set b = excluded.b;",
  'with gone as (delete from a where id in (select 1) returning *) insert into b select * from gone;',
  'create or replace function f(a int) returns int language plpgsql as $$ begin return a; end $$;',
  'alter table only "Shop"."Order items" add column if not exists "x y" numeric(10,2) default 1.5 not null;',
  'alter table t partition by range (a); create table p partition of t for values from (1) to (2);',
  'create table t (a int primary key, b text collate "C" check (b <> $$x$$), exclude using gist (c with &&));',
  'begin; savepoint a; rollback to a; commit; set local lock_timeout = 1; lock table t in share mode;',
  "select setval('s', (select max(id) from t)), now() at time zone 'UTC', array[1,2]::int[], row(1,2).*;",
  "comment on table t is e'\\u00e9\\n'; grant select on t to r; revoke all on schema s from public;",
  'create materialized view v as select 1; refresh materialized view concurrently v; drop view if exists v cascade;',
  "alter type mood add value 'new' before 'old'; create domain d as int check (value > 0); create sequence s;",
  'create trigger x before insert on t for each row execute function f(); create rule r as on insert to t do nothing;',
  'merge into t using u on t.id = u.id when matched then delete when not matched then insert values (1);',
]

function readCases(): string[] {
  const lines = readFileSync('test/accuracy/cases.jsonl', 'utf8').trim().split('\n')
  const cases = lines.map((line) => JSON.parse(line) as { sql: string; setup_sql: string | null })
  return [...new Set(cases.flatMap(({ sql, setup_sql: setup }) => (setup === null ? [sql] : [sql, setup])))]
}

const words = [
  ...new Set(
    corpus
      .join(' ')
      .split(/\s+/)
      .concat('-- lockkeeper: allow drop-table because x', '-- migrate:up', '-- migrate:down', '/*', '*/'),
  ),
]

const odd = [
  '\0',
  '\u001b[31m',
  '\ufeff',
  '\u2028',
  '\ud800',
  '😀',
  'é',
  '\r',
  '\n',
  '\t',
  "'",
  '"',
  '$$',
  '\\',
  ';',
  '(',
  '%',
  '::',
  ']]>',
  '```',
  '|',
]

/** One text for the check, of a kind that the random numbers choose. */
export function makeText(random: Random): string {
  return random.pick(makers)(random)
}

const makers: readonly ((random: Random) => string)[] = [
  mutate,
  mutate,
  mutate,
  (random) =>
    repeat(random, 6, mutate).join(
      random.pick([';', ';\n', '\n-- lockkeeper: allow drop-column because y\n']),
    ),
  (random) => repeat(random, 40, (inner) => inner.pick(words)).join(' '),
  randomBytes,
  (random) => repeat(random, 60, (inner) => inner.pick(odd)).join(random.pick(['', ' ', 'a'])),
  nest,
  (random) =>
    `-- migrate:up${random.pick(['', ' transaction:false', ' x:y'])}\n${mutate(random)}\n-- migrate:down\n${mutate(random)}`,
  (random) => random.pick(corpus).repeat(1 + random.below(200)),
]

function repeat(random: Random, most: number, make: (random: Random) => string): string[] {
  return Array.from({ length: 1 + random.below(most) }, () => make(random))
}

/** A statement with a few of its characters or words gone, doubled, swapped or replaced. */
function mutate(random: Random): string {
  let text = random.pick(corpus)
  for (let left = random.below(5); left > 0; left--) text = mutateOnce(random, text)
  return text
}

function mutateOnce(random: Random, text: string): string {
  const at = random.below(text.length + 1)
  const to = Math.min(text.length, at + random.below(12))
  const head = text.slice(0, at)
  const tail = text.slice(to)
  return random.pick([
    () => head + tail,
    () => head + text.slice(at, to).repeat(2) + tail,
    () => head + random.pick(words) + tail,
    () => head + random.pick(odd) + tail,
    () => head,
    () => `${head} ${random.pick(corpus)} ${tail}`,
    () => text.replace(/\b\w+\b/, () => random.pick(words)),
    () => text.toUpperCase(),
  ])()
}

function randomBytes(random: Random): string {
  const bytes = Uint8Array.from({ length: random.below(400) }, () => random.below(256))
  return Buffer.from(bytes).toString(random.pick(['latin1', 'utf8', 'utf16le']))
}

/** Deep nesting, up to where a parser gives up. */
function nest(random: Random): string {
  const [open = '', close = ''] = random.pick([
    ['(', ')'],
    ['(select ', ')'],
    ['case when a then ', ' end'],
    ['1 + ', ''],
    ['not ', ''],
    ['a[', ']'],
    ['array[', ']'],
  ])
  // Mostly shallow: the deep ones take their time.
  const depth = random.chance(3) ? random.below(20_000) : random.below(60)
  const inner = `${open.repeat(depth)}1${close.repeat(random.chance(80) ? depth : random.below(depth + 1))}`
  return random.pick([
    `select ${inner}`,
    `alter table t add check (${inner} > 0)`,
    `update t set a = ${inner}`,
  ])
}
