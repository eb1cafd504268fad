import type { AlterRoleSetStmt, RoleSpec, VariableSetStmt } from 'libpg-query'
import type { World } from '../known.ts'
import { allOf, as } from '../nodes.ts'
import { quoteName } from '../sql-text.ts'
import type { Draft, Form } from './form.ts'

/** ALTER DATABASE SET: what every new connection begins with. */
export const setForDatabase: Form<'AlterDatabaseSetStmt'> = ({ setstmt }) => [
  { form: 'alter database set', ...changed(setstmt) },
]

/** ALTER ROLE SET: what every new connection of the role begins with. */
export const setForRole: Form<'AlterRoleSetStmt'> = (node, { world }) => {
  const form = 'alter role set'
  return [mayBeTheApp(node, world) ? { form, ...changed(node.setstmt) } : { form }]
}

/** ALTER ROLE: who may log in no more is shut out. */
export const alterRole: Form<'AlterRoleStmt'> = ({ role, options }, { world }) => {
  const draft: Draft = { form: 'alter role' }
  const name = quoteName(role?.rolename ?? '')
  if (world.known.roles.has(name)) return [draft]
  const given = allOf(options, 'DefElem')
  const isShutOut = given.some(
    ({ defname, arg }) =>
      (defname === 'canlogin' && as(arg, 'Boolean')?.boolval !== true) ||
      (defname === 'connectionlimit' && as(arg, 'Integer')?.ival === undefined),
  )
  const why = `nobody can log in as ${role?.rolename === undefined ? 'the role' : name} any more`
  return [isShutOut ? { ...draft, names: { table: name }, breaks: [{ what: 'object', why }] } : draft]
}

/** A role that owns nothing is hardly the one that the app logs in as. */
function mayBeTheApp({ role }: AlterRoleSetStmt, { facts, known }: World): boolean {
  const name = nameOf(role)
  if (name === null || facts?.relations === undefined) return true
  return !known.roles.has(name) && [...facts.relations()].some(({ owner }) => owner === name)
}

/** Null for all roles, and for whoever runs the statement. */
function nameOf(role: RoleSpec | undefined): string | null {
  return role?.rolename === undefined ? null : quoteName(role.rolename)
}

/** What the setting does to new connections. */
function changed(setting: VariableSetStmt | undefined): Partial<Draft> {
  if (setting?.kind !== 'VAR_SET_VALUE') return {}
  const values = allOf(setting.args, 'A_Const').map(({ sval }) => sval?.sval?.toLowerCase() ?? '')
  if (setting.name === 'default_transaction_read_only' && !isOff(values[0]))
    return { breaks: [{ what: 'update', why: 'new connections may write nothing' }] }
  if (setting.name === 'search_path' && !values.includes('public'))
    return { unknown: `whether the running release finds its tables in ${values.join(', ')} alone` }
  return {}
}

const isOff = (value = ''): boolean => ['off', 'false', 'no', '0', 'of', 'f', 'n'].includes(value)
