import { readFile, stat, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import {
  created,
  databases,
  dumped,
  dumpPath,
  ignore,
  never,
  run,
  useDatabases,
  withClient,
} from '../../../test/support/emulator-databases.ts'

useDatabases()

/** The dump without the lines that name its moment and its checksum. */
async function contents(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).replace(/^-- (sha256|owner) .*$/gm, '')
}

const everything = String.raw`
create extension hstore; create extension pgcrypto;
create type mood as enum ('good', 'bad');
create domain positive as int check (value > 0);
create table everything (
  id bigint generated always as identity (start 100) primary key, n serial, mood mood, p positive, j jsonb, h hstore,
  b bytea, ts timestamptz, words text[], double int generated always as (n * 2) stored, text text not null default 'x;');
create table child (id bigint references everything (id) on delete cascade, unique (id));
create table parted (id int, day date) partition by range (day);
create table parted_2026 partition of parted for values from ('2026-01-01') to ('2027-01-01');
create schema "other schema"; create table "other schema"."odd ""name" (x int);
create index concurrently_not on everything using gin (j);
create view seen as select id, text from everything;
create materialized view counted as select count(*) as n from everything;
create function atomic(a int) returns int language sql begin atomic select case when a > 1 then 2 else 3 end; select 4; end;
create function plain() returns trigger language plpgsql as $$ begin new.text := new.text || ';'; return new; end $$;
create trigger plainly before insert on everything for each row execute function plain();
comment on table everything is 'it''s; \ fine';
grant select on everything to public; revoke execute on function atomic(int) from public;
alter default privileges grant select on tables to public;
insert into everything (mood, p, j, h, b, ts, words, text)
  select 'good', i, '{"a": [1, "ü😀"]}', 'k=>v', '\xdeadbeef', '2026-01-01 00:00Z', '{a,"b c"}',
    E'line\n\\restrict not mine\n\\unrestrict\n-- comment; ''quoted'' \\ "x" $$ €😀' from generate_series(1, 3000) i;
insert into child select id from everything limit 5; insert into parted values (1, '2026-05-05');
refresh materialized view counted;`

describe('a dump', () => {
  it('restores everything exactly, in place', async () => {
    const made = await created()
    await run(made, everything)
    const before = await run(made, 'select * from everything order by id')
    const file = await dumped(made)
    await run(
      made,
      "drop table child; alter table everything drop column text cascade; create table extra (id int); select setval('everything_n_seq', 9)",
    )
    await databases().restore(made, file, ignore, never)
    expect(await run(made, 'select * from everything order by id')).toEqual(before)
    expect(await contents(await dumped(made))).toBe(await contents(file))
    expect(await run(made, 'insert into everything (text) values (1) returning id::int, n')).toEqual([
      { id: 3100, n: 3001 },
    ])
    const owners =
      "select distinct pg_get_userbyid(relowner) as owner from pg_class where relnamespace in ('public'::regnamespace, '\"other schema\"'::regnamespace)"
    expect(await run(made, owners)).toEqual([{ owner: made.database?.user }])
    await run(
      made,
      'drop extension pg_stat_statements; alter table everything add column mine int; drop view seen',
    )
  })

  it('restores into another database, whose role then owns it all', async () => {
    const [from, to] = [await created(), await created()]
    await run(from, everything)
    await databases().restore(to, await dumped(from), ignore, never)
    await databases().remove(from)
    expect(await run(to, 'select count(*)::int from everything')).toEqual([{ count: 3000 }])
    await run(to, 'drop schema "other schema" cascade; drop table everything cascade; drop extension hstore')
    await databases().remove(to)
  })

  it('shows one moment of a database that is written to', async () => {
    const made = await created()
    await run(made, 'create table account (id int primary key, cents int); create table log (n serial)')
    await run(made, 'insert into account select i, 1000 from generate_series(1, 2000) i')
    let writing = true
    const writer = async (): Promise<number> =>
      await withClient(made, async (client) => {
        let n = 0
        for (; writing; n++) {
          const [a, b] = [1 + (n % 1000), 2000 - (n % 1000)]
          await client.query(`begin; update account set cents = cents - 7 where id = ${a};
            update account set cents = cents + 7 where id = ${b}; insert into log default values; commit`)
        }
        return n
      })
    const writers = [writer(), writer()]
    const files = [await dumped(made), await dumped(made), await dumped(made)]
    writing = false
    const written = (await Promise.all(writers)).reduce((sum, n) => sum + n, 0)
    const seen: number[] = []
    for (const file of files) {
      const copy = await created()
      await databases().restore(copy, file, ignore, never)
      expect(await run(copy, 'select sum(cents)::int, count(*)::int from account')).toEqual([
        { sum: 2_000_000, count: 2000 },
      ])
      seen.push(Number((await run(copy, 'select count(*) from log'))[0]?.['count']))
    }
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(seen[2]).toBeGreaterThan(seen[0] ?? 0)
    expect(written).toBeGreaterThan(seen[2] ?? 0)
  })

  it('reads 100,000 rows with rising progress while this thread goes on', async () => {
    const made = await created()
    await run(made, 'create table big (id int primary key, t text)')
    await run(made, 'insert into big select i, repeat(md5(i::text), 3) from generate_series(1, 100000) i')
    const progress: number[] = []
    let longest = 0
    let last = performance.now()
    const watch = setInterval(() => {
      longest = Math.max(longest, performance.now() - last)
      last = performance.now()
    }, 5)
    const file = dumpPath()
    await databases().dump(made, file, (bytes) => progress.push(bytes), never)
    const target = await created()
    await databases().restore(target, file, (bytes) => progress.push(bytes), never)
    clearInterval(watch)
    expect(progress.length).toBeGreaterThan(100)
    expect((await stat(file)).size).toBeGreaterThan(10_000_000)
    expect(await run(target, 'select count(*)::int, count(distinct t)::int as texts from big')).toEqual([
      { count: 100_000, texts: 100_000 },
    ])
    expect(longest).toBeLessThan(1000)
  })

  it('leaves no file when it is aborted or the server stops', async () => {
    const made = await created()
    await run(made, 'create table big as select i, repeat(md5(i::text), 3) from generate_series(1, 50000) i')
    const abort = new AbortController()
    const file = dumpPath()
    const dump = databases().dump(
      made,
      file,
      (bytes) => bytes > 500_000 && abort.abort(new Error('stop it')),
      abort.signal,
    )
    await expect(dump).rejects.toThrow('stop it')
    let stopping: Promise<void> | undefined
    const stopped = databases().dump(
      made,
      file,
      (bytes) => {
        if (bytes > 500_000) stopping ??= databases().stopServer()
      },
      never,
    )
    await expect(stopped).rejects.toThrow(/pg_dump/)
    await stopping
    await databases().startServer()
    await expect(stat(file)).rejects.toThrow('ENOENT')
    await expect(stat(`${file}.unfinished`)).rejects.toThrow('ENOENT')
    expect(await run(made, 'select count(*)::int from big')).toEqual([{ count: 50_000 }])
  })
})

describe('a restore', () => {
  it('refuses a file that is not a whole dump and touches nothing', async () => {
    const made = await created()
    await run(made, 'create table t (id int); insert into t values (1)')
    const whole = await readFile(await dumped(made), 'utf8')
    const bad = {
      half: whole.slice(0, whole.length / 2),
      changed: whole.replace('VALUES', 'VALUES '),
      empty: '',
      foreign: 'select 1;\n',
    }
    for (const text of Object.values(bad)) {
      const file = dumpPath()
      await writeFile(file, text)
      await expect(databases().restore(made, file, ignore, never)).rejects.toThrow(
        /no dump|not complete|damaged/,
      )
    }
    await expect(databases().restore(made, dumpPath(), ignore, never)).rejects.toThrow('ENOENT')
    expect(await run(made, 'select * from t')).toEqual([{ id: 1 }])
  })

  it('ends the sessions of others and admits none until it has ended', async () => {
    const made = await created()
    await run(
      made,
      'create table big as select i, repeat(md5(i::text), 3) as t from generate_series(1, 50000) i',
    )
    const file = await dumped(made)
    await withClient(made, async (client) => {
      const ended = new Promise((resolve) => client.once('end', resolve))
      let tried: Promise<unknown> | undefined
      await databases().restore(
        made,
        file,
        () => {
          tried ??= run(made, 'select 1').catch((error: unknown) => error)
        },
        never,
      )
      await ended
      expect(await tried).toMatchObject({ message: expect.stringMatching(/too many connections/) as string })
    })
    expect(await run(made, 'select count(*)::int from big')).toEqual([{ count: 50_000 }])
  })

  it('leaves an empty, open database when it is aborted', async () => {
    const made = await created()
    await run(
      made,
      'create table big as select i, repeat(md5(i::text), 3) as t from generate_series(1, 50000) i',
    )
    const file = await dumped(made)
    const abort = new AbortController()
    const restore = databases().restore(made, file, () => abort.abort(new Error('stop it')), abort.signal)
    await expect(restore).rejects.toThrow('stop it')
    expect(await run(made, "select relname from pg_class where relname = 'big'")).toEqual([])
    await databases().restore(made, file, ignore, never)
    expect(await run(made, 'select count(*)::int from big')).toEqual([{ count: 50_000 }])
  })
})

describe('a fork', () => {
  it('copies the contents of another database', async () => {
    const from = await created()
    await run(from, 'create table t (id int); insert into t values (1)')
    const fork = await created(from)
    await run(from, 'insert into t values (2)')
    expect(await run(fork, 'select * from t')).toEqual([{ id: 1 }])
  })
})
