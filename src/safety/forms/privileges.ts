import type { GrantStmt, Node } from 'libpg-query'
import { factsName, isNewRelation } from '../known.ts'
import { allOf } from '../nodes.ts'
import { quoteName, relationName } from '../sql-text.ts'
import type { Context, Draft, Form } from './form.ts'
import { isAbsent } from './presence.ts'

// Nobody can tell who uses a privilege, so it counts as used.
const revoked = 'what it needs the revoked privileges for is refused'

/** GRANT takes nothing from anybody; REVOKE may. */
export const grant: Form<'GrantStmt'> = (node, context) => {
  const { world } = context
  const named = node.targtype === 'ACL_TARGET_OBJECT' && node.objtype === 'OBJECT_TABLE' ? node.objects : []
  const absent = allOf(named, 'RangeVar')
    .map(relationName)
    .find((table) => isAbsent(world, table))
  const form = node.is_grant === true ? 'grant' : 'revoke'
  if (absent !== undefined) return [{ form, names: { table: absent }, fails: `there is no table ${absent}` }]
  if (node.is_grant === true) return [{ form }]
  if (node.objtype === 'OBJECT_SCHEMA') {
    const schemas = allOf(node.objects, 'String').map(({ sval }) => quoteName(sval ?? ''))
    return [
      revoke(
        '',
        schemas.some((schema) => takesFrom(node, world.facts?.schema?.(schema))),
      ),
    ]
  }
  const tables = tablesOf(node, context)
  const isHeld = (table: string) =>
    !isNewRelation(world, table) &&
    takesFrom(node, world.facts?.relation?.(factsName(world, table))?.privileges)
  const held = node.objtype !== 'OBJECT_TABLE' || tables === undefined || tables.some(isHeld)
  return [revoke((tables ?? []).slice(0, 3).join(', '), held)]
}

/** The tables that a statement speaks of; undefined when only the database could tell. */
function tablesOf({ targtype, objects }: GrantStmt, { world }: Context): string[] | undefined {
  if (targtype === 'ACL_TARGET_OBJECT') return allOf(objects, 'RangeVar').map(relationName)
  const all = world.facts?.relations?.()
  if (targtype !== 'ACL_TARGET_ALL_IN_SCHEMA' || all === undefined) return undefined
  const schemas = allOf(objects, 'String').map(({ sval }) => `${quoteName(sval ?? '')}.`)
  return [...all].map(({ name }) => name).filter((name) => schemas.some((schema) => name.startsWith(schema)))
}

/** The same for the membership in a role. */
export const grantRole: Form<'GrantRoleStmt'> = ({ is_grant: isGrant }) =>
  isGrant === true ? [{ form: 'grant' }] : [revoke('', true)]

function revoke(table: string, held: boolean): Draft {
  return { form: 'revoke', names: { table }, ...(held ? { breaks: [{ what: 'object', why: revoked }] } : {}) }
}

/** Whether one of those who lose the privilege has it: no privilege named is all of them. */
function takesFrom({ grantees, privileges }: GrantStmt, held: readonly string[] | undefined): boolean {
  if (held === undefined) return true
  const taken = allOf(privileges, 'AccessPriv').map(({ priv_name: name }) => name?.toLowerCase() ?? '')
  const isTaken = (role: string) => (one: string) =>
    one.startsWith(`${role} `) && (taken.length === 0 || taken.includes(one.slice(role.length + 1)))
  return roles(grantees).some((role) => role === undefined || held.some(isTaken(role)))
}

// CURRENT_USER and the like have no name here.
function roles(grantees: readonly Node[] | undefined): (string | undefined)[] {
  return allOf(grantees, 'RoleSpec').map(({ roletype, rolename }) =>
    roletype === 'ROLESPEC_PUBLIC' ? 'public' : rolename === undefined ? undefined : quoteName(rolename),
  )
}

/** ALTER DEFAULT PRIVILEGES: for what will be made, not for what is there. */
export const defaultPrivileges: Form<'AlterDefaultPrivilegesStmt'> = () => [{ form: 'default privileges' }]
