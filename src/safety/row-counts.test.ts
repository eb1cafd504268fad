import { describe, expect, test } from 'vitest'
import { sharedRows } from '../../test/support/shared-rows.ts'

const { checked } = sharedRows()

describe('rows that a condition chooses are counted: few are not many', () => {
  async function changed(sql: string) {
    const { verdict, findings } = await checked(sql, undefined, { lockBudget: 0 })
    const spoken = findings.filter(({ rule }) => ['change-many-rows', 'lose-rows'].includes(rule))
    return { verdict, spoken: spoken.map(({ rule, severity, message }) => [rule, severity, message]) }
  }

  test.each([
    [
      `update items set note = 'y' where note is null`,
      [
        'change-many-rows',
        'It changes 2 rows of items, counted now with select from items where note is null',
      ],
    ],
    [
      `update only items as i set note = 'where' where i.code = 'b' -- one
      returning id`,
      [
        'change-many-rows',
        "It changes one row of items, counted now with select from only items i where i.code = 'b' -- one",
      ],
    ],
    [
      `update items set note = 'x' where note is null
         and price < 2`,
      [
        'change-many-rows',
        'It changes one row of items, counted now with select from items where note is null and price < 2',
      ],
    ],
    [
      `delete from public.items where items.code = 'none'`,
      [
        'lose-rows',
        "It removes no row of public.items, counted now with select from public.items where items.code = 'none'",
      ],
    ],
  ])('%s', async (sql, [rule, message]) => {
    const { verdict, spoken } = await changed(sql)
    expect(spoken).toContainEqual([rule, 'note', message])
    expect(verdict).toBe('safe')
  })

  test.each([
    ['every row is changed', `update items set note = ''`],
    ['many are', 'update large set note = id where id > 1'],
    [
      'another table takes part',
      'update items set note = null from users where users.id = owner_id and price > 3',
    ],
    ['another table is asked', 'update items set note = null where owner_id in (select id from users)'],
    ['it cannot be told', `update items set note = 'x' where code::int > 5`],
    ['it calls a function of the project', `update items set note = 'x' where is_old(note)`],
    [
      'triggers may have changed them',
      `insert into noisy values (1, 'x'); update items set price = 0 where note is null`,
    ],
    [
      'a partition of it was changed',
      `update year_1 set note = null where note = 'x'; update years set year = 1 where note is null`,
    ],
    [
      'what it is a partition of was changed',
      `update years set note = null where note = 'x'; update year_1 set year = 1 where note is null`,
    ],
    ['it is different each time', 'update items set note = null where random() < 0.1'],
    [
      'a statement before changed them',
      `update items set code = null where id = 1; update items set note = 'z' where code is null`,
    ],
    [
      'a statement before made them',
      'alter table items add column size int; update items set size = 0 where size is null',
    ],
    [
      'the table was another',
      'alter table items rename to things; alter table users rename to items; update items set code = 1 where code is null',
    ],
    [
      'nobody knows what ran before',
      `do $$ begin execute 'x' || 'y'; end $$; update items set note = 'y' where note is null`,
    ],
    [
      'it writes in a hidden place',
      'with gone as (delete from large where id > 0 returning id) update items set price = 0 where price is null',
    ],
  ])('not where %s: %s', async (_, sql) => {
    const { spoken } = await changed(sql)
    expect(spoken.at(-1)?.slice(0, 2)).toEqual(['change-many-rows', 'unsafe'])
  })
})

describe('what a new type cuts is counted: nothing is lost where no value changes', () => {
  test.each([
    ['alter table amounts alter exact type numeric(8, 1)', ['note']],
    ['alter table amounts alter exact type numeric(8, 0)', ['unsafe']],
    ['alter table amounts alter exact type numeric(8, 0) using floor(exact)', ['unsafe']],
    ['alter table amounts alter exact type numeric(8, 1) using trunc(exact, 1)', ['note']],
    ['alter table amounts alter exact type int using exact::int', ['unsafe']],
    ['alter table amounts alter exact type double precision', ['note']],
    ['alter table amounts alter exact type numeric(8, 1), alter rough type int', ['note', 'unsafe']],
    ['alter table amounts alter rough type real', ['note']],
    ['alter table amounts alter word type varchar(2) using word::varchar(2)', ['unsafe']],
    ['alter table amounts alter word type varchar(3) using word::varchar(3)', ['note']],
    ['alter table amounts alter word type varchar(20) using word::varchar(2)', ['unsafe']],
    ['alter table amounts alter word type varchar(2)', []],
    ['alter table amounts alter at type date', ['note']],
    ['alter table amounts alter at type date using at::date', ['note']],
    ['alter table amounts alter at type time using at::time', ['unsafe']],
    ['alter table amounts alter span type interval day', ['note']],
    ['alter table amounts alter span type interval month', ['unsafe']],
    ["update amounts set exact = 1 where word = 'ab'; alter table amounts alter exact type int", ['unsafe']],
  ])('%s', async (sql, severities) => {
    const { findings } = await checked(sql)
    const cut = findings.filter(({ rule }) => rule === 'cut-values')
    expect(cut.map(({ severity }) => severity)).toEqual(severities)
  })

  test('and the report says how it was counted', async () => {
    const { findings, verdict } = await checked('alter table amounts alter at type date')
    expect(findings.map(({ message }) => message)).toContain(
      'It rounds or cuts no value of amounts.at, counted now with select from amounts where at is distinct from (at)::date::timestamp without time zone',
    )
    expect(verdict).toBe('safe')
  })

  test('a shorter type that holds every value is safe, with a note for those to come', async () => {
    const { findings, verdict } = await checked(
      'alter table amounts alter word type varchar(3) using word::varchar(3)',
    )
    expect(verdict).toBe('safe')
    expect(findings.find(({ rule }) => rule === 'tightens-writes')?.message).toContain(
      'values of amounts.word that fit character varying(10), but not character varying(3)',
    )
  })
})

test('rows that are lost are lost, however few', async () => {
  const { verdict, findings } = await checked(`delete from items where code = 'a'`, undefined, {
    lockBudget: 0,
  })
  expect(findings).toMatchObject([
    { rule: 'lose-rows', severity: 'unsafe' },
    {
      rule: 'change-many-rows',
      severity: 'note',
      message: expect.stringContaining('It removes 2 rows') as string,
    },
  ])
  expect(verdict).toBe('unsafe')
})
