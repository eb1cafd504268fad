import { randomUUID } from 'node:crypto'
import type { App } from './model.ts'

/** An app that has just been made, at `now` (ISO 8601): no code, no dynos, no releases. */
export function newApp(name: string, now: string, stack = 'heroku-24'): App {
  return {
    id: randomUUID(),
    name,
    maintenance: false,
    preboot: false,
    stack,
    createdAt: now,
    updatedAt: now,
    releasedAt: null,
    configVars: {},
    formation: {},
    slugs: [],
    builds: [],
    releases: [],
    currentVersion: 0,
    routerPort: 0,
  }
}
