import { randomUUID } from 'node:crypto'
import type { Store } from './platform.ts'

/** The one account of the emulator: everybody with the token is it. */
export interface Account {
  readonly id: string
  readonly email: string
  readonly createdAt: string
}

/** The account of this state, made on first use. */
export function openAccount(store: Store): Account {
  const found = store.read<Account>('account')
  if (found !== undefined) return found
  const account = { id: randomUUID(), email: 'developer@example.com', createdAt: new Date().toISOString() }
  store.write('account', account)
  return account
}
