import type { Framework } from '../types.ts'
import { findManage } from './project.ts'
import { readDjango } from './read.ts'
import { applyDjango, reverseDjango } from './run.ts'

/** Django: Python classes in an order that its own graph knows. Ids are app.name, as in shop.0002_product_slug. */
export const django: Framework = {
  name: 'django',
  historyTables: () => ['django_migrations'],
  recognise: async (directory, config) => (await findManage(directory, config)) !== undefined,
  read: readDjango,
  readEarly: readDjango,
  apply: applyDjango,
  reverse: reverseDjango,
}
