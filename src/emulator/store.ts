import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Addon, App, Attachment, Transfer } from './model.ts'
import type { Store } from './platform.ts'

/**
 * Opens the durable memory under a directory, which is made when absent. Everything is read once; each save replaces
 * one file by rename, so that whoever kills the process finds either the old document or the new one.
 */
export function openStore(directory: string): Store {
  const collection = <T>(name: string, key: (document: T) => string) =>
    openCollection(path.join(directory, name), key)
  const apps = collection<App>('apps', (app) => app.id)
  const addons = collection<Addon>('addons', (addon) => addon.id)
  const attachments = collection<Attachment>('attachments', (attachment) => attachment.id)
  const transfers = collection<Transfer>('transfers', (transfer) => transfer.uuid)
  const documents = path.join(directory, 'documents')
  prepare(documents)
  return {
    directory,
    apps: apps.all,
    app: (identity) => apps.get(identity) ?? apps.all().find((app) => app.name === identity),
    addons: addons.all,
    attachments: attachments.all,
    transfers: transfers.all,
    saveApp: apps.save,
    removeApp: apps.remove,
    saveAddon: addons.save,
    removeAddon: addons.remove,
    saveAttachment: attachments.save,
    removeAttachment: attachments.remove,
    saveTransfer: transfers.save,
    read: <T>(name: string) => readJson<T>(documentFile(documents, name)),
    write: (name, value) => replace(documentFile(documents, name), value),
  }
}

interface Collection<T> {
  readonly all: () => readonly T[]
  readonly get: (key: string) => T | undefined
  readonly save: (document: T) => void
  readonly remove: (document: T) => void
}

function openCollection<T>(directory: string, key: (document: T) => string): Collection<T> {
  prepare(directory)
  const documents = new Map<string, T>()
  const read = readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .map((name) => readJson<{ order: number; document: T }>(path.join(directory, name)))
    .filter((each) => each !== undefined)
    .sort((a, b) => a.order - b.order)
  const orders = new Map<string, number>()
  for (const { order, document } of read) {
    documents.set(key(document), document)
    orders.set(key(document), order)
  }
  let lastOrder = read.at(-1)?.order ?? 0
  return {
    all: () => [...documents.values()],
    get: (wanted) => documents.get(wanted),
    save(document) {
      const id = key(document)
      const order = orders.get(id) ?? ++lastOrder
      orders.set(id, order)
      documents.set(id, document)
      replace(documentFile(directory, id), { order, document })
    },
    remove(document) {
      const id = key(document)
      documents.delete(id)
      orders.delete(id)
      rmSync(documentFile(directory, id), { force: true })
    },
  }
}

const unfinished = '.unfinished'

/** Makes the directory and clears what a killed process left half-written. */
function prepare(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  for (const name of readdirSync(directory)) {
    if (name.endsWith(unfinished)) rmSync(path.join(directory, name), { force: true })
  }
}

function documentFile(directory: string, name: string): string {
  return path.join(directory, `${encodeURIComponent(name)}.json`)
}

function replace(file: string, value: unknown): void {
  writeFileSync(file + unfinished, JSON.stringify(value, null, 2) + '\n', { mode: 0o600 })
  renameSync(file + unfinished, file)
}

function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
