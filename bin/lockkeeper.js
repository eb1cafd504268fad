#!/usr/bin/env node
const { enableCompileCache } = require('node:module')

// Node 22 and later keep the compiled code from run to run by themselves.
if (enableCompileCache) enableCompileCache()
else require('../dist/cli/compiled-code.cjs').keepCompiledCode()

require('../dist/cli/main.cjs').main(process.argv.slice(2))
