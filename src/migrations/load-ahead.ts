/**
 * Loads what may be needed only after the first change, and is otherwise loaded where it is used: the package may be replaced while a deploy
 * runs, and nothing of it could be loaded then, not even to roll back.
 */
export async function loadAhead(): Promise<void> {
  await Promise.all([
    import('execa'),
    import('libpg-query'),
    import('pg'),
    import('./alembic/answer.ts'),
    import('./custom-line.ts'),
    import('./django/answer.ts'),
    import('./javascript/drizzle-journal.ts'),
    import('./rails/databases.ts'),
  ])
}
