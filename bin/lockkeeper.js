#!/usr/bin/env node
import { main } from '../dist/tasks/main.js'

await main(process.argv.slice(2))
