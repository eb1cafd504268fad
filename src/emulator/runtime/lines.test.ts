import { expect, test } from 'vitest'
import { splitLines } from './lines.ts'

function lines(...chunks: (Buffer | string)[]): string[] {
  const all: string[] = []
  const splitter = splitLines((line) => all.push(line))
  for (const chunk of chunks) splitter.push(Buffer.from(chunk))
  splitter.end()
  return all
}

test('puts lines together from any chunks, and tells empty ones', () => {
  expect(lines('one\ntw', 'o\r\n\nthree')).toEqual(['one', 'two', '', 'three'])
  expect(lines('one\n')).toEqual(['one'])
  expect(lines()).toEqual([])
})

test('a character that is split over two chunks stays one', () => {
  const text = Buffer.from('Schleusenwärter 🚢\n')
  const bytes = [...text].map((byte) => Buffer.from([byte]))
  expect(lines(...bytes)).toEqual(['Schleusenwärter 🚢'])
})

test('breaks lines that are too long, ended or not', () => {
  const long = 'x'.repeat(25_000)
  expect(lines(`${long}\n`).map((line) => line.length)).toEqual([10_000, 10_000, 5_000])
  expect(lines(long, long).join('')).toBe(long + long)
})
