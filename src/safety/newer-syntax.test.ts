import { beforeAll, expect, test } from 'vitest'
import { pendingSql } from '../../test/support/pending-sql.ts'
import { tooNew } from './newer-syntax.ts'
import { loadParser, parseMigration } from './parse.ts'

const everywhere = 13

/** Statements, and the first version of Postgres that ran them: each was run on 13 to 18. */
const statements: readonly (readonly [since: number, sql: string])[] = [
  [14, 'alter table pt detach partition p1 concurrently'],
  [everywhere, 'alter table pt detach partition p1'],
  [14, 'alter table t alter name set compression pglz'],
  [14, 'create or replace trigger tr before insert on t for each row execute function f()'],
  [everywhere, 'create trigger tr before insert on t for each row execute function f()'],
  [14, 'create function twice(x int) returns int language sql return x * 2'],
  [14, 'create statistics st on (a + 1), name from t'],
  [everywhere, 'create statistics st on a, name from t'],
  [15, 'merge into u using t on u.id = t.id when matched then delete'],
  [15, 'create index i on t (a) nulls not distinct'],
  [15, 'alter table t add unique nulls not distinct (a)'],
  [everywhere, 'alter table t add unique (a)'],
  [15, 'alter table t set access method heap'],
  [15, 'create view w with (security_invoker = true) as select 1'],
  [15, 'create publication pb for table t where (a > 1)'],
  [everywhere, 'create publication pb for table t'],
  [16, 'alter table t add c text storage external'],
  [16, 'reindex database concurrently'],
  [16, 'reindex system'],
  [everywhere, 'reindex database postgres'],
  [17, 'merge into u using t on u.id = t.id when not matched by source then delete'],
  [17, 'merge into u using t on u.id = t.id when matched then delete returning u.id'],
  [18, 'alter table t add c int generated always as (a * 2) virtual'],
  [everywhere, 'alter table t add c int generated always as (a * 2) stored'],
  [18, 'alter table t add constraint k check (a > 1) not enforced'],
  [everywhere, 'alter table t add constraint k check (a > 1) not valid'],
  [18, 'alter table t add constraint k not null a not valid'],
  [everywhere, 'create table n (a int constraint k not null)'],
  [18, 'create table n (a int, primary key (a, b without overlaps))'],
  [18, 'alter table u alter constraint k not enforced'],
  [everywhere, 'alter table u alter constraint k deferrable'],
]

beforeAll(() => loadParser())

test.each(statements)('Postgres %i is the first to know: %s', (since, sql) => {
  const [statement] = parseMigration(pendingSql(sql)).statements
  if (statement === undefined) throw new Error('There is no statement.')
  expect(tooNew(statement.node, since)).toEqual([])
  expect(tooNew(statement.node, undefined)).toEqual([])
  if (since > everywhere)
    expect(tooNew(statement.node, since - 1)[0]?.fails).toContain(`Postgres before ${since} does not know`)
})
