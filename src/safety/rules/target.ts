import type { Rule } from './rule.ts'

/** Rules about what only the target knows of this moment. They are found beside the effects, so no hazard leads to them. */
export const targetRules: readonly Rule[] = [
  {
    id: 'session-in-the-way',
    title: 'Somebody else is in the way at this moment',
    condition: 'A session of the target holds what the statement has to wait for.',
    effect:
      'A transaction that is open keeps its locks: a statement that needs a stronger one waits for its end, and everybody who comes later waits ' +
      'behind the statement. CONCURRENTLY waits for every older transaction of the database. The note says which session it is, since when, and with ' +
      'what; a deploy looks again before its first statement, and starts none while somebody is in the way.',
    hazards: [],
    message: () => 'It would wait.',
    bad: 'ALTER TABLE items ADD COLUMN remark text;',
    good: 'SELECT 1;',
  },
  {
    id: 'much-to-write',
    title: 'Much is written again: disk, log and replicas',
    condition: 'The statement rewrites a large table, or builds a large index.',
    effect:
      'A rewrite or an index build needs the space of what it makes beside what is there, and writes about as much to the write-ahead log. Replicas ' +
      'must receive and replay all of that: they fall behind.',
    hazards: [],
    message: () => 'It needs space.',
    bad: 'ALTER TABLE items ALTER COLUMN price TYPE bigint;',
    good: 'ALTER TABLE items ADD COLUMN price_new bigint;',
  },
  {
    id: 'standby-queries',
    title: 'The lock reaches the queries on standbys',
    condition: 'The statement takes an ACCESS EXCLUSIVE lock, and the target has standbys.',
    effect:
      'A standby replays ACCESS EXCLUSIVE locks. Queries on it that use the table are in the way of the replay: it waits for them up to ' +
      'max_standby_streaming_delay, then they are cancelled; new ones wait until the lock is gone.',
    hazards: [],
    message: () => 'Standbys replay its lock.',
    bad: 'ALTER TABLE items ADD COLUMN remark text;',
    good: 'CREATE INDEX CONCURRENTLY items_code ON items (code);',
  },
]
