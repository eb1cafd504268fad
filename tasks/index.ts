import Check from './check.ts'
import Demo from './demo.ts'
import Deploy from './deploy.ts'
import Emulator from './emulator.ts'
import HooksInstall from './hooks/install.ts'
import HooksUninstall from './hooks/uninstall.ts'
import Rollback from './rollback.ts'

/** Every command by the name that a user types. */
export const commands = {
  check: Check,
  demo: Demo,
  deploy: Deploy,
  emulator: Emulator,
  'hooks:install': HooksInstall,
  'hooks:uninstall': HooksUninstall,
  rollback: Rollback,
}
