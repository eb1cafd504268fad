import { configDefaults, defineConfig } from 'vitest/config'
import { frameworkTests } from './vitest.frameworks.ts'

const withFrameworks = process.env['LOCKKEEPER_TEST_FRAMEWORKS'] === 'true'
const allTests = ['bench/**/*.test.ts', 'src/**/*.test.ts', 'tasks/**/*.test.ts', 'test/**/*.test.ts']

export default defineConfig({
  test: {
    // The tests of frameworks need more than Node and git, so they are a run of their own.
    include: withFrameworks ? frameworkTests : allTests,
    exclude: withFrameworks ? configDefaults.exclude : [...configDefaults.exclude, ...frameworkTests],
    // The end-to-end stories start real servers, builds and processes.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Machines have two cores, and every end-to-end file runs an emulator with a Postgres of its own.
    maxWorkers: 2,
  },
})
