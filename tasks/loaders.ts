/** How each command is loaded, by the name that a user types: none needs what the others need. */
export const loaders = {
  check: () => import('./check.ts'),
  demo: () => import('./demo.ts'),
  deploy: () => import('./deploy.ts'),
  emulator: () => import('./emulator.ts'),
  'hooks:install': () => import('./hooks/install.ts'),
  'hooks:uninstall': () => import('./hooks/uninstall.ts'),
  rollback: () => import('./rollback.ts'),
} as const

export type CommandName = keyof typeof loaders
export const commandNames = Object.keys(loaders) as readonly CommandName[]
