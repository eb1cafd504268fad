#!/usr/bin/env node
import * as module from 'node:module'

// Node 22 and later keep the compiled code from run to run; Node 20 does not know how.
module.enableCompileCache?.()

const { main } = await import('../dist/cli/main.js')
await main(process.argv.slice(2))
