import { expect, test } from 'vitest'
import { isFreeChange } from './type-change.ts'

test.each([
  ['character varying(20)', 'character varying(40)'],
  ['character varying(20)', 'character varying'],
  ['character varying(20)', 'text'],
  ['text', 'character varying'],
  ['text', 'text'],
  ['numeric(10,2)', 'numeric(12,2)'],
  ['numeric(10,2)', 'numeric'],
  ['bit varying(8)', 'bit varying(16)'],
  ['timestamp(3) without time zone', 'timestamp without time zone'],
  ['timestamp(3) with time zone', 'timestamp(6) with time zone'],
  ['interval(3)', 'interval'],
  ['cidr', 'inet'],
])('%s to %s is free', (from, to) => {
  expect(isFreeChange(from, to)).toBe(true)
})

test.each([
  ['integer', 'bigint'],
  ['character varying(20)', 'character varying(10)'],
  ['character varying', 'character varying(100)'],
  ['text', 'character varying(100)'],
  ['text', 'jsonb'],
  ['character(5)', 'text'],
  ['numeric(10,2)', 'numeric(12,3)'],
  ['numeric', 'numeric(10,2)'],
  ['timestamp without time zone', 'timestamp with time zone'],
  ['timestamp with time zone', 'timestamp(3) with time zone'],
  ['inet', 'cidr'],
  ['text[]', 'text'],
])('%s to %s is not', (from, to) => {
  expect(isFreeChange(from, to)).toBe(false)
})
