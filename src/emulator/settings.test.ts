import { describe, expect, test } from 'vitest'
import { parseSettings, settings } from './settings.ts'

test('durations, switches, numbers and lists; the last one wins', () => {
  expect(
    parseSettings([
      'bootTimeout=120',
      'prebootOnRestart=false',
      'deployedBranches=trunk, main',
      'bootTimeout=90',
    ]),
  ).toEqual({
    durations: { bootTimeout: 90 },
    assumptions: { prebootOnRestart: false, deployedBranches: ['trunk', 'main'] },
  })
  expect(parseSettings([])).toEqual({ durations: {}, assumptions: {} })
})

describe('refuses', () => {
  test.each([
    ['bootTimeout', /name=value/],
    ['unknown=1', /sets nothing/],
    ['toString=1', /sets nothing/],
    ['bootTimeout=soon', /number above 0/],
    ['bootTimeout=0', /number above 0/],
    ['prebootOnRestart=yes', /true or false/],
    ['backupsKept=-1', /whole number from 0/],
    ['backupsKept=2.5', /whole number from 0/],
    ['retryAfter=soon', /whole number from 0/],
    ['hangUpStatus=0', /number above 0/],
  ])('%s', (text, message) => {
    expect(() => parseSettings([text])).toThrow(message)
  })
})

test('0 stands for none where that is the default', () => {
  expect(parseSettings(['retryAfter=0', 'backupsKept=3']).assumptions).toEqual({
    retryAfter: 0,
    backupsKept: 3,
  })
})

test('every setting says what it means and how it is known', () => {
  for (const { meaning, basis } of Object.values(settings)) {
    expect(meaning).toMatch(/^[a-z]/)
    expect(['documented', 'believed']).toContain(basis)
  }
})
