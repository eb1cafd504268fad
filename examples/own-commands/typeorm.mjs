// TypeORM for `migrations.custom` of lockkeeper.yml: node typeorm.mjs list | up | down
import { MigrationExecutor } from 'typeorm'
import { dataSource } from './data-source.js'

const wanted = (process.env.LOCKKEEPER_MIGRATIONS ?? '').split('\n').filter(Boolean)

/** What a migration sends; null for one that does more than to send SQL, which is known only when it runs. */
async function statementsOf({ up }) {
  const sent = []
  const recorder = {
    query: async (sql, parameters = []) => {
      if (parameters.length > 0 || !/^\s*(alter|create|drop|comment|insert|update|delete)\b/i.test(sql))
        throw new Error('It asks, or has parameters.')
      sent.push(sql)
    },
  }
  return up.call({}, recorder).then(
    () => sent.join('\n;\n'),
    () => null,
  )
}

async function list(executor) {
  for (const { name } of (await executor.getExecutedMigrations()).reverse())
    console.log(JSON.stringify({ id: name, applied: true }))
  for (const { name, instance } of await executor.getPendingMigrations()) {
    const sql = await statementsOf(instance)
    const transaction = instance.transaction ?? true
    console.log(JSON.stringify({ id: name, sql, transaction, reverse: true }))
  }
}

async function up(executor, runner) {
  const pending = await executor.getPendingMigrations()
  for (const id of wanted) {
    const migration = pending.find(({ name }) => name === id)
    if (migration.instance.transaction ?? true) await runner.startTransaction()
    await executor.executeMigration(migration)
    if (runner.isTransactionActive) await runner.commitTransaction()
  }
}

async function down(executor) {
  for (const id of wanted) {
    const [newest] = await executor.getExecutedMigrations()
    if (newest?.name !== id) throw new Error(`${id} is not the newest migration: ${newest?.name} is.`)
    await executor.undoLastMigration()
  }
}

await dataSource.initialize()
const runner = dataSource.createQueryRunner()
try {
  await { list, up, down }[process.argv[2]](new MigrationExecutor(dataSource, runner), runner)
} finally {
  // What is open is rolled back with its connection.
  await dataSource.destroy()
}
