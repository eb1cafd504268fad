#!/usr/bin/env node
const { enableCompileCache } = require('node:module')

// What follows cannot even be loaded by an older one.
const [major, minor] = process.versions.node.split('.').map(Number)
const isOld = major < 20 || (major === 20 && minor < 19) || major === 21 || (major === 22 && minor < 2)

if (isOld) {
  process.stderr.write(
    ` !     Lockkeeper needs Node 20.19 or newer (of Node 22: 22.2), and this is ${process.versions.node}.\n`,
  )
  process.exitCode = 7
} else {
  // Node 22 and later keep the compiled code from run to run by themselves.
  if (enableCompileCache) enableCompileCache()
  else require('../dist/cli/compiled-code.cjs').keepCompiledCode()

  require('../dist/cli/main.cjs').main(process.argv.slice(2))
}
