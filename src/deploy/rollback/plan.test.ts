import { describe, expect, test } from 'vitest'
import { planRollback, type Observed } from './plan.ts'

const observed: Observed = {
  app: 'ours',
  currentRelease: 'v7 (Set GREETING config vars)',
  schemaUnchanged: false,
  survivable: true,
  reversible: true,
  reverseLoses: [],
  restoreLosesNothing: false,
  hasBackup: true,
  lossAccepted: false,
  wanted: 'auto',
}

const plan = (change: Partial<Observed>) => planRollback({ ...observed, ...change })

describe('the schema is unchanged', () => {
  test('only the app goes back', () => {
    expect(plan({ schemaUnchanged: true })).toMatchObject({
      app: 'roll back',
      database: 'nothing',
      quiesceFirst: false,
    })
  })

  test('nothing at all when Heroku never made the failed release current', () => {
    expect(plan({ schemaUnchanged: true, app: 'unchanged' })).toMatchObject({
      app: 'nothing',
      database: 'nothing',
    })
  })
})

describe('the previous release works on the new schema', () => {
  test('the app goes first, then the migrations are reversed, and nobody is stopped', () => {
    expect(plan({})).toMatchObject({
      app: 'roll back',
      database: 'reverse',
      quiesceFirst: false,
      person: null,
    })
  })

  test('the wider schema is kept when reversing would lose what was written', () => {
    const kept = plan({ reverseLoses: ['3 rows have a value in items.note.'] })
    expect(kept).toMatchObject({ app: 'roll back', database: 'keep', person: null })
    expect(kept.reasons.join(' ')).toContain('items.note')
  })

  test('a half-applied migration needs a person, but stops nobody', () => {
    const half = plan({ reversible: false })
    expect(half).toMatchObject({ app: 'roll back', database: 'keep', quiesceFirst: false })
    expect(half.person).not.toBeNull()
  })

  test('a half-applied migration is restored when nobody could write since the backup', () => {
    expect(plan({ reversible: false, restoreLosesNothing: true })).toMatchObject({
      database: 'restore',
      person: null,
    })
  })
})

describe('the previous release does not work on the new schema', () => {
  const broken = (change: Partial<Observed>) => plan({ survivable: false, ...change })

  test('reversed in maintenance when that loses nothing', () => {
    expect(broken({})).toMatchObject({
      app: 'roll back',
      database: 'reverse',
      quiesceFirst: true,
      person: null,
    })
  })

  test('restored when reversing loses something and nobody could write since the backup', () => {
    expect(broken({ reverseLoses: ['a column'], restoreLosesNothing: true })).toMatchObject({
      database: 'restore',
      quiesceFirst: true,
      person: null,
    })
  })

  test.each([
    ['writes since the backup would be lost', { reverseLoses: ['a column'] }],
    ['there is no backup', { reversible: false, hasBackup: false }],
  ])('stops and asks for a person when %s', (_why, change) => {
    const stopped = broken(change)
    expect(stopped).toMatchObject({ app: 'nothing', database: 'nothing', quiesceFirst: true })
    expect(stopped.person).not.toBeNull()
  })

  test('an accepted loss reverses all the same', () => {
    expect(broken({ reverseLoses: ['a column'], wanted: 'reverse', lossAccepted: true })).toMatchObject({
      database: 'reverse',
      quiesceFirst: true,
      person: null,
    })
  })
})

describe("somebody else's release is current", () => {
  test('nothing of theirs is touched, and a person is asked for', () => {
    const stopped = plan({ app: 'foreign' })
    expect(stopped).toMatchObject({ app: 'nothing', database: 'keep', quiesceFirst: false })
    expect(stopped.person).toContain('v7 (Set GREETING config vars)')
  })
})

test('a person can have the schema kept', () => {
  expect(plan({ survivable: false, wanted: 'keep' })).toMatchObject({
    app: 'roll back',
    database: 'keep',
    person: null,
  })
})
