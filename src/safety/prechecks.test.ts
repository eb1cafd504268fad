import { describe, expect, test } from 'vitest'
import { pendingSql } from '../../test/support/pending-sql.ts'
import { sharedRows } from '../../test/support/shared-rows.ts'
import { withConnection } from '../postgres/connection.ts'
import { readFacts } from '../postgres/facts.ts'
import { withPrechecks } from './prechecks.ts'
import { judge } from './verdict.ts'

const rows = sharedRows()
const { checked } = rows

describe('rows in the way make the statement fail, and are counted', () => {
  test.each([
    ['alter table items alter note set not null', 'items has rows with a NULL in note: 2'],
    ['alter table items alter "Odd Name" set not null', 'items has rows with a NULL in "Odd Name": 2'],
    ['alter table items add unique (code)', 'items has values of (code) that more than one row holds: 1'],
    [
      "alter table items add u text default 'x' not null unique",
      'items has rows beside the first that the same default is for: 3',
    ],
    [
      'create unique index concurrently i on items (code)',
      'items has values of (code) that more than one row holds: 1',
    ],
    [
      'alter table items add constraint k foreign key (owner_id) references users',
      'items has rows without their row in users: 1',
    ],
    ['alter table items validate constraint owner_later', 'items has rows without their row in users: 1'],
    [
      "alter table items add constraint k check (price > 0 and note <> ')')",
      'items has rows that violate k: 1',
    ],
    ['alter table items validate constraint later', 'items has rows that violate later: 1'],
  ])('%s', async (sql, message) => {
    const { verdict, messages } = await checked(sql)
    expect(messages).toEqual([expect.stringContaining(`It would fail. ${message}`)])
    expect(verdict).toBe('unsafe')
  })
})

describe('data that fits', () => {
  test.each([
    'alter table items alter id set not null',
    'alter table items add unique (price)',
    'create unique index i on items (code) where id > 2',
    'create index i on items (code)',
    'alter table items add constraint k check (price > -5)',
    'create table t (a int); alter table t alter a set not null',
    'alter table items add column c int; alter table items add constraint k check (c > 0)',
  ])('%s', async (sql) => {
    expect((await checked(sql)).messages).toEqual([])
  })
})

test('data that a statement before may mend is a note', async () => {
  const { verdict, messages } = await checked(
    "update items set note = '' where id = 2; alter table items alter note set not null",
  )
  expect(messages).toEqual([expect.stringContaining('It fails unless the statements before mend the data.')])
  expect(verdict).toBe('safe')
})

test('a question that is not answered in time is noted, with the question', async () => {
  const { findings, verdict } = await checked(
    'alter table items add constraint k check (pg_sleep(0.5) is not null)',
    undefined,
    { timeout: 0.05 },
  )
  expect(findings.filter(({ rule }) => rule === 'precheck-not-answered')).toMatchObject([
    { severity: 'note', message: expect.stringContaining('was not answered in time') as string },
  ])
  expect(verdict).toBe('safe')
})

test('a question in names that the data does not have yet is noted, with the question', async () => {
  const renamed = ['alter table items rename price to cost', 'alter table items rename to goods']
  const { findings } = await checked(
    `${renamed[0]}; alter table items add check (cost > 5); ${renamed[1]}; alter table goods add unique (code)`,
  )
  const notes = findings.filter(({ rule }) => rule === 'precheck-not-answered')
  expect(notes.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^Whether items has .* was not asked: a statement before it renames/),
    expect.stringMatching(/^Whether goods has .* was not asked: a statement before it renames/),
  ])
  const fresh = await checked('alter table items add x int; alter table items add check (x > 5)')
  expect(fresh.findings.filter(({ rule }) => rule === 'precheck-not-answered')).toEqual([])
})

test('what was asked is listed, and what there was no time for is counted', async () => {
  const sql = 'alter table items alter note set not null; alter table items alter price set not null'
  await withConnection(rows.url, async (client) => {
    const facts = await readFacts(client)
    const judgement = await judge([pendingSql(sql)], facts)
    const asked = await withPrechecks(client, judgement, facts)
    expect(asked).toMatchObject({
      unasked: 0,
      prechecks: [
        { table: 'items', rows: 2 },
        { table: 'items', rows: 0 },
      ],
    })
    expect(await withPrechecks(client, judgement, facts, { budget: 0 })).toMatchObject({
      unasked: 2,
      prechecks: [],
    })
  })
})

test.each([
  ['delete from items where note is null; alter table items alter note set not null', 'note'],
  ["do $$ begin execute 'x' || 'y'; end $$; alter table items alter note set not null", 'note'],
])('rows that may be mended are a note: %s', async (sql, severity) => {
  const { findings } = await checked(sql)
  expect(findings.find(({ rule }) => rule === 'data-violates')).toMatchObject({ severity })
})

test('a table that the role may not read is said so, without its rows', async () => {
  await withConnection(rows.url, (client) =>
    client.query(`create role plain login; create table private (id int)`),
  )
  const sql = 'alter table private alter id set not null'
  const message = 'could not be asked, because the role of the connection may not read it'
  const found = await withConnection(rows.url.replace('postgres@', 'plain@'), async (client) => {
    const facts = await readFacts(client)
    return withPrechecks(client, await judge([pendingSql(sql)], facts), facts)
  })
  expect(found.migrations[0]?.findings.map((finding) => finding.message).join()).toContain(message)
})

test('a table that somebody keeps locked is said so', async () => {
  const sql = 'alter table items alter note set not null'
  const { findings } = await withConnection(rows.url, async (other) =>
    checked(sql, async () => {
      await other.query('begin; lock table items')
    }),
  )
  expect(findings.map((finding) => finding.message).join()).toContain('because somebody keeps items locked')
})

test('a database that goes away is one clear message', async () => {
  await expect(
    checked('alter table items alter note set not null', (client) => client.end()),
  ).rejects.toMatchObject({
    exitCode: 7,
    message: expect.stringContaining('The database went away') as string,
  })
})
