// MikroORM for `migrations.custom` of lockkeeper.yml: node mikro-orm.mjs list | up | down
import { relative } from 'node:path'
import { MikroORM } from '@mikro-orm/postgresql'
import config from './mikro-orm.config.js'

const wanted = (process.env.LOCKKEEPER_MIGRATIONS ?? '').split('\n').filter(Boolean)

/** What a migration sends; null for one that asks the database, whose SQL is known only when it runs. */
async function statementsOf(migration) {
  migration.execute = () => Promise.reject(new Error('It asks.'))
  return migration.up().then(
    () => migration.getQueries().join('\n;\n'),
    () => null,
  )
}

async function list(orm) {
  const migrator = orm.getMigrator()
  for (const { name } of await migrator.getExecutedMigrations())
    console.log(JSON.stringify({ id: name, applied: true }))
  for (const { name, path } of await migrator.getPendingMigrations()) {
    const [Migration] = Object.values(await import(path))
    const migration = new Migration(orm.em.getDriver(), orm.config)
    const sql = await statementsOf(migration)
    const reverse = Object.hasOwn(Migration.prototype, 'down')
    const transaction = migration.isTransactional()
    console.log(JSON.stringify({ id: name, file: relative('.', path), sql, transaction, reverse }))
  }
}

// One by one: together they would run in one transaction, which keeps every lock to the end.
async function up(orm) {
  for (const id of wanted) await orm.getMigrator().up({ migrations: [id] })
}

async function down(orm) {
  for (const id of wanted) await orm.getMigrator().down({ migrations: [id] })
}

const orm = await MikroORM.init(config)
try {
  await { list, up, down }[process.argv[2]](orm)
} finally {
  await orm.close()
}
