/** An HTTP check of the configuration, where it says nothing else. */
export const standardHealthCheck = {
  path: '/',
  status: 200,
  every: 2,
  deadline: 60,
  timeout: 10,
  consecutive: 3,
}

/** What a run is told by an empty lockkeeper.yml, and by none: durations in seconds. Whoever has no file needs no schema to read it. */
export const standardConfig = {
  database: 'DATABASE',
  migrations: {},
  migrate: { run: 'before-push' as const, lockTimeout: 2, deadline: 3600, attempts: 5 },
  backup: { enabled: true, deadline: 3600 },
  build: { deadline: 900 },
  // Heroku itself ends a release command after an hour.
  releasePhase: { deadline: 3660 },
  watch: {
    deadline: 300,
    settle: 60,
    prebootWindow: 200,
    health: [standardHealthCheck],
    invariants: [],
    routerErrors: { allowed: 0, ignore: ['H80', 'H27'] },
  },
  rollback: { database: 'auto' as const },
  check: { lockBudget: 1, allow: [] },
  quiesce: { processTypes: 'all' as const },
}
