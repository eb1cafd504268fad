// Sequelize with umzug for `migrations.custom` of lockkeeper.yml: node sequelize.mjs list | up | down
import { relative } from 'node:path'
import { Sequelize } from 'sequelize'
import { sequelize, umzug } from './umzug.js'

const wanted = (process.env.LOCKKEEPER_MIGRATIONS ?? '').split('\n').filter(Boolean)

/** What each migration sends; null for one that asks the database, whose SQL is known only when it runs. */
async function statements() {
  let sent = []
  const recorder = new Sequelize({ dialect: 'postgres' })
  recorder.query = async (query) => {
    const sql = query.query ?? query
    if (!/^\s*(alter|create|drop|comment|insert|update|delete)\b/i.test(sql)) throw new Error('It asks.')
    sent.push(sql)
    return [[], undefined]
  }
  recorder.connectionManager.getConnection = () => Promise.reject(new Error('It asks.'))
  const context = recorder.getQueryInterface()
  const found = new Map()
  for (const { name, path, up } of await umzug.migrations(context)) {
    sent = []
    const whole = await up({ name, path, context }).then(
      () => true,
      () => false,
    )
    found.set(name, { sql: whole ? sent.join('\n;\n') : null, file: relative('.', path ?? name) })
  }
  return found
}

async function list() {
  // umzug would make its table, and a check changes nothing.
  const hasTable = await sequelize.getQueryInterface().tableExists('SequelizeMeta')
  const applied = new Set(hasTable ? (await umzug.executed()).map(({ name }) => name) : [])
  // Sequelize runs each statement by itself, unless the migration opens a transaction.
  for (const [id, known] of await statements())
    console.log(JSON.stringify({ id, ...known, transaction: false, reverse: true, applied: applied.has(id) }))
}

const up = () => umzug.up({ migrations: wanted })
const down = () => umzug.down({ migrations: wanted })

try {
  await { list, up, down }[process.argv[2]]()
} finally {
  await sequelize.close()
}
