import { expect, test } from 'vitest'
import { readEvents } from './server-sent-events.ts'

async function readPieces(pieces: readonly (string | Buffer)[]): Promise<string[]> {
  const body = (async function* () {
    for (const piece of pieces) yield Buffer.from(piece)
  })()
  const events: string[] = []
  for await (const event of readEvents(body)) events.push(event)
  return events
}

const text = ': comment\n\nid: 1\ndata: größe\n\ndata: a\ndata: b\n\nevent: x\ndata:no space\n\n'
const expected = ['größe', 'a\nb', 'no space']

test('gives the data of each event', async () => {
  expect(await readPieces([text])).toEqual(expected)
})

test('does not care where the pieces are cut, or how lines end', async () => {
  const bytes = Buffer.from(text.replaceAll('\n', '\r\n'))
  expect(await readPieces([...bytes].map((byte) => Buffer.from([byte])))).toEqual(expected)
})

test('leaves out an event that the end cut off', async () => {
  expect(await readPieces(['data: a\n\ndata: b\n'])).toEqual(['a'])
})
