import type pg from 'pg'
import { beforeAll } from 'vitest'
import { withConnection } from '../../src/postgres/connection.ts'
import { readFacts } from '../../src/postgres/facts.ts'
import { withPrechecks } from '../../src/safety/prechecks.ts'
import { judge } from '../../src/safety/verdict.ts'
import { pendingSql } from './pending-sql.ts'
import { sharedPostgres } from './shared-postgres.ts'

const setup = `
  create table users (id bigint primary key);
  create table items (id bigint primary key, code text, note text, price int, owner_id bigint, "Odd Name" int);
  insert into users values (1), (2);
  insert into items values (1, 'a', 'x', 1, 1, 1), (2, 'a', null, -1, 2, 1), (3, 'b', null, 3, 9, null), (4, null, '', 4, null, null);
  create table noisy (id bigint, note text); create function shout() returns trigger language plpgsql as 'begin return new; end';
  create trigger shout after insert on noisy for each row execute function shout();
  create function is_old(text) returns bool stable language sql as 'select $1 is null'; create view all_items as select * from items;
  create table years (year int, note text) partition by list (year); create table year_1 partition of years for values in (1);
  insert into years values (1, null);
  create table amounts (exact numeric(8, 2), word varchar(10), at timestamp, rough double precision, span interval);
  insert into amounts values (1.5, 'ab', '2020-01-01', 0.5, '1 day'), (2, 'abc', null, 3, '2 days');
  create table large (id bigint, note text); insert into large select i, 'x' from generate_series(1, 2000) i;
  alter table items add constraint later check (price > 0) not valid;
  alter table items add constraint owner_later foreign key (owner_id) references users not valid;`

/** A database for all tests of a file, with rows that are in the way of statements, and judgements that ask for them. */
export function sharedRows() {
  const server = sharedPostgres()
  let url = ''
  beforeAll(async () => {
    url = await server.createDatabase()
    await withConnection(url, (client) => client.query(setup))
  })

  /** With a budget that lets every table pass, only the data speaks. */
  async function checked(
    sql: string,
    ask: (client: pg.Client) => Promise<void> = () => Promise.resolve(),
    { timeout = 5, lockBudget = 60 } = {},
  ) {
    return withConnection(url, async (client) => {
      const facts = await readFacts(client)
      const judgement = await judge([pendingSql(sql, { transaction: false, singleQuery: false })], facts, {
        lockBudget,
      })
      await ask(client)
      const { verdict, migrations } = await withPrechecks(client, judgement, facts, { timeout })
      const findings = migrations.flatMap((migration) => migration.findings)
      return {
        verdict,
        messages: findings.filter(({ rule }) => rule === 'data-violates').map(({ message }) => message),
        findings,
      }
    })
  }

  return {
    get url() {
      return url
    },
    checked,
  }
}
