import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'vite'
import { expect, test } from 'vitest'
import { fuzz } from './fuzz.ts'
import { textOf, tryInput } from './try-input.ts'

const seed = 20260101

/** The worker as a program: threads take no TypeScript. */
async function withWorker<T>(use: (program: URL) => Promise<T>): Promise<T> {
  // Inside the project, where the packages that it imports are found.
  const directory = await mkdtemp(join(import.meta.dirname, '../../node_modules/.fuzz-'))
  try {
    await build({
      configFile: false,
      logLevel: 'silent',
      build: {
        ssr: join(import.meta.dirname, 'worker.ts'),
        outDir: directory,
        rollupOptions: { output: { entryFileNames: 'worker.mjs', chunkFileNames: '[name].mjs' } },
      },
    })
    return await use(pathToFileURL(join(directory, 'worker.mjs')))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

test('no random input crashes the check or keeps it from ending', async () => {
  const result = await withWorker((program) =>
    fuzz({ seed, count: 2000, workers: 1, deadline: 60_000, program }),
  )
  expect(result.failures).toEqual([])
  expect(result.done).toBe(2000)
})

test('an input that hangs is ended at its deadline and named', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'lockkeeper-fuzz-hang-'))
  try {
    const program = join(directory, 'hang.mjs')
    await writeFile(program, 'for (;;) {}')
    const result = await fuzz({ seed, count: 10, workers: 1, deadline: 500, program: pathToFileURL(program) })
    expect(result.failures).toEqual(['input 0 hung: no end after 0.5 s'])
    expect(result.done).toBe(0)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})

test('the same seed and number make the same input', async () => {
  const texts = [0, 1, 2, 3, 4].map((index) => textOf(seed, index))
  expect([0, 1, 2, 3, 4].map((index) => textOf(seed, index))).toEqual(texts)
  expect(new Set(texts).size).toBe(5)
  await expect(tryInput(seed, 0)).resolves.toBeUndefined()
})
