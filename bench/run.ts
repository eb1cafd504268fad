import { benchCheck } from './check.ts'
import { benchDeploy } from './deploy.ts'
import { benchGrowth } from './growth.ts'
import { benchRouter } from './router.ts'

/** Every benchmark by its name. Each prints its figure with its parts, and says whether it is within its bound. */
const benchmarks: Readonly<Record<string, () => Promise<boolean>>> = {
  check: benchCheck,
  deploy: benchDeploy,
  growth: () => benchGrowth(),
  router: benchRouter,
}

const names = process.argv.slice(2)
const unknown = names.filter((name) => benchmarks[name] === undefined)
if (unknown.length > 0) {
  process.stderr.write(
    `There is no benchmark ${unknown.join(', ')}. There are: ${Object.keys(benchmarks).join(', ')}\n`,
  )
  process.exitCode = 2
} else {
  for (const name of names.length > 0 ? names : Object.keys(benchmarks))
    if (!(await benchmarks[name]?.())) process.exitCode = 1
}
