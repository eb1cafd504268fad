import { expect, test } from 'vitest'
import { pendingSql } from '../../test/support/pending-sql.ts'
import { judge } from './verdict.ts'
import { wantedLocks } from './wanted-locks.ts'

test('both ends of a foreign key, what CONCURRENTLY waits for, and nothing of a new table', async () => {
  const judgement = await judge([
    pendingSql('create table x (a int); alter table t add foreign key (a) references p (id)'),
    pendingSql('create index concurrently i on shop.u (a)', { transaction: false }),
    pendingSql('alter table x add column b int'),
  ])
  expect(wantedLocks(judgement)).toEqual({
    locks: [
      { table: 't', lock: 'SHARE ROW EXCLUSIVE' },
      { table: 'p', lock: 'SHARE ROW EXCLUSIVE' },
      { table: 'shop.u', lock: 'SHARE' },
    ],
    snapshots: true,
  })
})

test('only CONCURRENTLY outlasts the snapshots of others', async () => {
  expect(wantedLocks(await judge([pendingSql('create index i on t (a)')]))).toEqual({
    locks: [{ table: 't', lock: 'SHARE' }],
    snapshots: false,
  })
})
