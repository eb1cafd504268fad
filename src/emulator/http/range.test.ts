import { describe, expect, test } from 'vitest'
import { page, parseListRange } from './range.ts'

const versions = [1, 2, 3, 4, 5].map((version) => ({ id: `id-${version}`, version }))
const attributes = {
  id: (each: { id: string }) => each.id,
  version: (each: { version: number }) => each.version,
}
const ask = (header: string | undefined) => {
  const { items, nextRange, contentRange } = page(versions, parseListRange(header), attributes)
  return { versions: items.map(({ version }) => version), nextRange, contentRange }
}

describe('the forms that clients send', () => {
  test.each([
    ['version ..; max=2, order=desc', [5, 4]],
    ['version ..; order=desc,max=2', [5, 4]],
    ['id ..; max=1000;', [1, 2, 3, 4, 5]],
    ['id ..; max=1000', [1, 2, 3, 4, 5]],
    ['version ]3..; max=5', [4, 5]],
    ['version [3..', [3, 4, 5]],
    ['version 2..4', [2, 3, 4]],
    ['version 2..4[; max=9', [2, 3]],
    ['version ]4..; order=desc', [3, 2, 1]],
    ['version', [1, 2, 3, 4, 5]],
    ['', [1, 2, 3, 4, 5]],
    [undefined, [1, 2, 3, 4, 5]],
  ])('%s', (header, expected) => {
    expect(ask(header).versions).toEqual(expected)
  })
})

test.each(['version ..; max=2', 'version ..; order=desc, max=2', 'id ..; max=1'])(
  '%s: Next-Range, sent back word for word, leads through the whole list',
  (first) => {
    const seen: number[] = []
    let header: string | undefined = first
    while (header !== undefined) {
      const part = ask(header)
      seen.push(...part.versions)
      header = part.nextRange
    }
    expect([...seen].sort()).toEqual([1, 2, 3, 4, 5])
  },
)

test('a truncated page tells where it was cut', () => {
  expect(ask('version ..; max=2')).toMatchObject({
    contentRange: 'version 1..2',
    nextRange: 'version ]2..; max=2',
  })
})

test.each(['version ..; max=none', 'version ..; max=0', 'version ..; order=up', 'colour ..', 'a b c'])(
  '%s is a bad request',
  (header) => {
    expect(() => ask(header)).toThrow(expect.objectContaining({ status: 400, id: 'bad_request' }))
  },
)

test('a page has at most 1000 items', () => {
  expect(parseListRange('id ..; max=5000').max).toBe(1000)
})
