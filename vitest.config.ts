import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['bench/**/*.test.ts', 'src/**/*.test.ts', 'tasks/**/*.test.ts', 'test/**/*.test.ts'],
    // The end-to-end stories start real servers, builds and processes.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Machines have two cores, and every end-to-end file runs an emulator with a Postgres of its own.
    maxWorkers: 2,
  },
})
