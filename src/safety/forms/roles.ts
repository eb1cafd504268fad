import type { Node } from 'libpg-query'
import { isNewRelation, shortName, type World } from '../known.ts'
import { allOf } from '../nodes.ts'
import { quoteName } from '../sql-text.ts'
import type { Draft, Form } from './form.ts'
import { lockIndexes, lockOnly } from './locks.ts'
import { knowNamed, whyThere } from './taken-names.ts'

/** The names of roles; a role that is meant by CURRENT_USER and the like has none. */
function roleNames(roles: readonly Node[] | undefined): string[] {
  return allOf(roles, 'RoleSpec').flatMap(({ rolename }) =>
    rolename === undefined ? [] : [quoteName(rolename)],
  )
}

/** CREATE ROLE: nobody is it yet. */
export const createRole: Form<'CreateRoleStmt'> = ({ role }, { world }) => {
  const name = quoteName(role ?? '')
  const learn: Draft['learn'] = (known) => {
    known.roles.add(name)
    knowNamed(known, 'role', name, true)
  }
  return [{ form: 'create role', fails: whyThere('role', name, world), learn }]
}

/** DROP ROLE: Postgres refuses it for who owns something or may do something; who only logs in is shut out. */
export const dropRole: Form<'DropRoleStmt'> = ({ roles }, { world }) =>
  roleNames(roles).map((role) => ({
    form: 'drop role',
    names: { table: role },
    ...(world.known.roles.has(role)
      ? {}
      : { breaks: [{ what: 'object', why: `nobody can log in as ${role} any more, or be a member of it` }] }),
    reversible: 'no',
    learn: (known) => knowNamed(known, 'role', role, false),
  }))

/** DROP OWNED: all that a role owns, and all that it may do. */
export const dropOwned: Form<'DropOwnedStmt'> = ({ roles }, { world }) => {
  const named = roleNames(roles)
  const owners = named.join(', ') || 'the role'
  if (named.length > 0 && named.every((role) => world.known.roles.has(role))) return [{ form: 'drop owned' }]
  return [
    {
      form: 'drop owned',
      names: { table: owners },
      breaks: [
        { what: 'object', why: `what ${owners} owns no longer exists, and what it may do is refused` },
      ],
      loses: `everything that ${owners} owns in this database`,
      reversible: 'no',
    },
    ...lockOwned('drop owned', named, world),
  ]
}

/** REASSIGN OWNED: a short lock on each relation of the old owner, whose privileges end. */
export const reassignOwned: Form<'ReassignOwnedStmt'> = ({ roles }, { world }) => {
  const form = 'reassign owned'
  const owners = roleNames(roles)
  const tightens = `what only an owner may do, when ${owners.join(', ') || 'the old owner'} does it`
  return [{ form, names: { table: owners.join(', ') }, tightens }, ...lockOwned(form, owners, world)]
}

function lockOwned(form: string, owners: readonly string[], world: World): Draft[] {
  const owned = [...(world.facts?.relations?.() ?? [])].filter(
    ({ name, owner, kind }) =>
      owners.includes(owner) && kind !== 'composite type' && !isNewRelation(world, name),
  )
  return owned.flatMap(({ name }) => [
    lockOnly(form, shortName(name), 'ACCESS EXCLUSIVE'),
    ...lockIndexes(form, shortName(name), 'ACCESS EXCLUSIVE', world),
  ])
}
