import { beforeAll, describe, expect, test } from 'vitest'
import { createKnownDatabase } from '../../test/support/known-database.ts'
import { pendingSql } from '../../test/support/pending-sql.ts'
import { sharedPostgres } from '../../test/support/shared-postgres.ts'
import type { Facts } from '../postgres/facts.ts'
import { judge } from './verdict.ts'

const setup = `
  create table owners (id bigint primary key, city text);
  create table pets (id bigint primary key, owner_id bigint references owners, name text, chip text unique, weight int);
  create table empty (id bigint primary key);
  insert into owners select i, 'x' from generate_series(1, 20000) i;
  insert into pets select i, i, 'x', i, 1 from generate_series(1, 20000) i;
  create view named_pets as select id as number, name as id, chip, -weight as weight from pets where name is not null;
  create view chips as select number, chip as code from named_pets;
  create view pet_owners as select pets.id, city from pets join owners on owners.id = owner_id;
  create view cities as select distinct city from owners;
  create view counted as select count(*) as id from pets;
  create view ring_a as select * from owners; create view ring_b as select * from ring_a;
  create or replace view ring_a as select * from ring_b;
  create view nothing as select * from empty;
  create view taken as select * from pets;
  create function take() returns trigger language plpgsql as 'begin return null; end';
  create trigger take instead of update on taken for each row execute function take();
  create view ruled as select * from pets; create rule ruled as on update to ruled do instead nothing;
  create materialized view largest as select max(weight) from named_pets;
  create materialized view hollow as select * from nothing;
  analyze`

const server = sharedPostgres()
let facts: Facts
beforeAll(async () => {
  ;({ facts } = await createKnownDatabase(server, setup))
})

async function judged(sql: string) {
  const { verdict, migrations } = await judge([pendingSql(sql, { transaction: false })], facts)
  const findings = migrations.flatMap((migration) => migration.findings)
  return { verdict, rules: findings.map(({ rule, table }) => `${rule} ${table ?? ''}`), findings }
}

describe('a view is as large as what it shows', () => {
  test.each([
    ['update named_pets set chip = null', 'change-many-rows pets'],
    ['update chips set code = null where code > $$5$$', 'change-many-rows pets'],
    ['update named_pets set chip = null where id = $$5$$', 'change-many-rows pets'],
    ['update named_pets set chip = null where weight = 5', 'change-many-rows pets'],
    ['delete from chips where number > 5', 'change-many-rows pets'],
    ['select * from pet_owners for update', 'change-many-rows owners'],
    ['select * from chips for update', 'change-many-rows pets'],
    ['create view fresh as select * from pets; update fresh set chip = null', 'change-many-rows pets'],
    [
      'create view fresh (a, b) as select id, chip from pets; update fresh set b = 1 where b > $$1$$',
      'change-many-rows pets',
    ],
    [
      'create or replace view nothing as select id from owners; delete from nothing',
      'work-under-lock owners',
    ],
    [
      'begin; alter table owners add x int; create table kept as select * from chips; commit',
      'work-under-lock pets',
    ],
    [
      'begin; alter table owners add x int; create table kept as select * from counted limit 5; commit',
      'work-under-lock pets',
    ],
    ['refresh materialized view largest', 'refresh-materialized-view largest'],
  ])('%s', async (sql, rule) => {
    const { verdict, rules } = await judged(sql)
    expect(verdict).toBe('unsafe')
    expect(rules).toContain(rule)
  })

  test('and the report says how large that is', async () => {
    const { findings } = await judged('refresh materialized view largest')
    expect(findings[0]?.message).toMatch(
      / largest has less than 1 MB: .* pets has 2 MB: less than a second at 50 MB\/s/,
    )
  })
})

describe('few rows of a view are few rows of what it shows', () => {
  test.each([
    'update named_pets set chip = null where number = 5',
    'update named_pets p set chip = null where p.number in (5, 6) and p.weight = 1',
    'update chips set code = null where code = $$5$$',
    'select * from chips where number = 5 for update',
    'insert into named_pets (number, id) values (-1, $$x$$)',
    'update nothing set id = 5',
    'create view fresh as select * from pets; update fresh set chip = null where fresh.id = 5',
    'create view fresh (a, b) as select id, chip from pets; update fresh set b = 1 where a = 5',
    'begin; alter table owners add x int; create table kept as select * from chips where number = 5; commit',
    'refresh materialized view hollow',
    'copy (select * from chips where number = 5) to stdout',
  ])('%s', async (sql) => {
    expect(await judged(sql)).toMatchObject({ verdict: 'safe' })
  })
})

describe('what a trigger or a rule makes of a write cannot be told', () => {
  test.each([
    'update taken set chip = null where id = 5',
    'update ruled set chip = null where id = 5',
    'update pet_owners set city = null where id = 5',
    'create trigger t instead of delete on nothing for each row execute function take(); delete from nothing',
  ])('%s', async (sql) => {
    const { verdict, findings } = await judged(sql)
    expect(verdict).toBe('unknown')
    expect(findings.at(-1)?.message).toMatch(
      / it writes to the view \w+, and only a trigger or a rule of the view can tell where to\.$/,
    )
  })
})

test.each([
  ['alter table pets rename to animals; update chips set code = null', 'pets'],
  ['alter view named_pets rename to others; delete from chips', 'pets'],
  ['create view fresh as select * from pets; alter view fresh rename to newer; delete from newer', 'pets'],
  ['drop view chips; create view chips as select * from owners; update chips set city = null', 'owners'],
])('a view follows what it shows: %s', async (sql, table) => {
  const { findings } = await judged(sql)
  expect(findings.at(-1)).toMatchObject({ severity: 'unsafe', table })
})

test.each([
  'create or replace view chips as select number, code from chips; update chips set code = null',
  'create view a as select * from b; create view b as select * from a; delete from a; lock table b',
  'select * from ring_a where id = 5 for update; update ring_b set id = 5; create table kept as select * from ring_a limit 5',
])('a view that shows itself leads nowhere: %s', async (sql) => {
  const { findings } = await judged(sql)
  expect(findings.map(({ message }) => message).join()).not.toContain('nested too deep')
})

test('a table in the place of a view is a table', async () => {
  const sql = 'drop view chips; create table chips (code text); update chips set code = null'
  const { findings } = await judged(sql)
  expect(findings.map(({ rule }) => rule)).toEqual(['drop-object'])
})

test('MERGE changes what a view shows, from Postgres 17 on', async () => {
  const sql = 'merge into chips using owners on owners.id = number when matched then update set code = null'
  const findingOn = async (version: number) => {
    const { migrations } = await judge([pendingSql(sql)], { ...facts, version })
    return migrations[0]?.findings[0]
  }
  expect(await findingOn(17)).toMatchObject({ severity: 'unsafe', table: 'pets' })
  expect((await findingOn(16))?.message).toContain('before version 17, Postgres merges into no view')
})

test('COPY refuses a view', async () => {
  const { verdict, findings } = await judged('copy chips to stdout')
  expect(verdict).toBe('unsafe')
  expect(findings[0]?.message).toContain('COPY reads no view: COPY (SELECT * FROM chips) reads what it shows')
})

test('a rule ON SELECT, which makes a view of a table, is not judged', async () => {
  const sql = 'create rule "_RETURN" as on select to empty do instead select 1 as id'
  expect(await judged(sql)).toMatchObject({ verdict: 'unknown' })
})
