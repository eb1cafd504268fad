import { afterAll, beforeAll } from 'vitest'
import { startPostgres, type TestPostgres } from './postgres.ts'

/** One Postgres for all tests of a file, with these settings of its own: started before the first, gone after the last. */
export function sharedPostgres(settings: Readonly<Record<string, string>> = {}): TestPostgres {
  let server: Awaited<ReturnType<typeof startPostgres>> | undefined
  beforeAll(async () => {
    server = await startPostgres(settings)
  })
  afterAll(() => server?.close())
  const running = (): TestPostgres => {
    if (server === undefined) throw new Error('The server is only there while the tests run.')
    return server
  }
  return {
    get url() {
      return running().url
    },
    createDatabase: (template) => running().createDatabase(template),
  }
}
