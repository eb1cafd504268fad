/** Tests that run Python's, Ruby's and npm's own frameworks: `npm run test:frameworks` installs what they need. */
export const frameworkTests = [
  'src/migrations/{alembic,django,javascript,rails}/**/*.test.ts',
  'src/migrations/{own-commands,python}.test.ts',
  'src/safety/code/{in-*,django-names}.test.ts',
  'tasks/hooks/managers.test.ts',
  'test/{alembic,django}.test.ts',
]
