import type { Client } from 'pg'
import { PreconditionError } from '../errors.ts'
import { nameTool } from './next-steps.ts'
import type { MigrationConfig } from './types.ts'

/** The tables in which tools record what is applied, where nobody says otherwise. */
const owners: Readonly<Record<string, string>> = {
  schema_migrations: 'dbmate, golang-migrate or Rails',
  django_migrations: 'Django',
  alembic_version: 'Alembic',
  ar_internal_metadata: 'Rails',
  _prisma_migrations: 'Prisma',
  __drizzle_migrations: 'Drizzle',
  knex_migrations: 'Knex',
  pgmigrations: 'node-pg-migrate',
  flyway_schema_history: 'Flyway',
  databasechangelog: 'Liquibase',
  SequelizeMeta: 'Sequelize',
  mikro_orm_migrations: 'MikroORM',
}

/**
 * PreconditionError where the database of a project whose migrations nobody recognised has a tool's table of what is applied: what is
 * pending would count as nothing. Unless the configuration says that there is no such tool.
 */
export async function refuseHistories(client: Client, { migrations }: MigrationConfig): Promise<void> {
  if (migrations.framework === 'none') return
  const { rows } = await client.query<{ schema: string; name: string }>(
    `select nspname as schema, relname as name from pg_class join pg_namespace on relnamespace = pg_namespace.oid
     where relname = any ($1) and relkind in ('r', 'p') order by 1, 2 limit 1`,
    [Object.keys(owners)],
  )
  const [found] = rows
  if (found === undefined) return
  throw new PreconditionError(
    `The database has ${found.schema}.${found.name}, in which ${owners[found.name]} records migrations, and none were found in this project.`,
    {
      next: nameTool,
    },
  )
}
