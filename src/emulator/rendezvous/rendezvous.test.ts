import { once } from 'node:events'
import { duplexPair, PassThrough, type Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import type { DynoView } from '../model.ts'
import type { OneOff } from '../platform.ts'
import { createRendezvous } from './rendezvous.ts'

/** A dyno whose end the test decides; its input is what the client sent. */
function fakeDyno() {
  const stdin = new PassThrough()
  let end: (status: number) => void = () => undefined
  const exited = new Promise<number>((resolve) => {
    end = resolve
  })
  const kill = vi.fn(() => end(143))
  const oneOff: OneOff = { dyno: {} as DynoView, stdin, exited, kill }
  return { oneOff, stdin, exited, end, kill }
}

/** A minute that no test waits for. */
const long = 60_000
const nobody = () => expect.fail('no client came')

function chunksOf(socket: Duplex): string[] {
  const chunks: string[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk.toString()))
  return chunks
}

test('greets in a chunk of its own, then tells what was written before and after, and ends with the dyno', async () => {
  const { oneOff, end } = fakeDyno()
  const rendezvous = createRendezvous()
  const meeting = rendezvous.offer()
  meeting.write(Buffer.from('early '))
  meeting.begin(oneOff, long, nobody)
  const [client, server] = duplexPair()
  const chunks = chunksOf(client)
  rendezvous.join(meeting.id, server, 0)
  meeting.write(Buffer.from('late'))
  end(0)
  await once(client, 'end')
  expect(chunks[0]).toBe('rendezvous\r\n')
  expect(chunks.slice(1).join('')).toBe('early late')
})

test('input goes to the dyno without the first line; Ctrl-D ends it', async () => {
  const { oneOff, stdin, kill } = fakeDyno()
  const rendezvous = createRendezvous()
  const meeting = rendezvous.offer()
  meeting.begin(oneOff, long, nobody)
  const [client, server] = duplexPair()
  rendezvous.join(meeting.id, server, 4)
  client.write('id\r\nselect ')
  client.write('1\n\x04')
  expect(await text(stdin)).toBe('select 1\n')
  expect(kill).not.toHaveBeenCalled()
})

test.each([
  ['Ctrl-C', (client: Duplex) => client.write('\x03')],
  ['a client that leaves', (client: Duplex) => client.end()],
])('%s ends the dyno', async (_name, act) => {
  const { oneOff, kill, exited } = fakeDyno()
  const rendezvous = createRendezvous()
  const meeting = rendezvous.offer()
  meeting.begin(oneOff, long, nobody)
  const [client, server] = duplexPair()
  client.resume()
  rendezvous.join(meeting.id, server, 0)
  act(client)
  await exited
  expect(kill).toHaveBeenCalled()
})

test('a dyno without a client is ended, and the id is good for one client only', async () => {
  const { oneOff, kill, exited } = fakeDyno()
  const rendezvous = createRendezvous()
  const meeting = rendezvous.offer()
  const missed = vi.fn()
  meeting.begin(oneOff, 10, missed)
  await exited
  expect(kill).toHaveBeenCalled()
  expect(missed).toHaveBeenCalledOnce()
  const [client, server] = duplexPair()
  rendezvous.join(meeting.id, server, 0)
  expect(server.destroyed).toBe(true)
  client.destroy()

  const next = fakeDyno()
  const second = rendezvous.offer()
  second.begin(next.oneOff, 20, nobody)
  const [one, two] = [duplexPair(), duplexPair()]
  rendezvous.join(second.id, one[1], 0)
  rendezvous.join(second.id, two[1], 0)
  expect(two[1].destroyed).toBe(true)
  await wait(40)
  expect(next.kill).not.toHaveBeenCalled()
})
