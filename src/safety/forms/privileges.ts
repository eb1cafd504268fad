import type { Form } from './form.ts'

// Nobody can tell who uses a privilege, so it counts as used.
const revoked = 'what it needs the revoked privileges for is refused'

/** GRANT takes nothing from anybody; REVOKE may. */
export const grant: Form<'GrantStmt'> = ({ is_grant: isGrant }) =>
  isGrant === true ? [{ form: 'grant' }] : [{ form: 'revoke', breaks: [{ what: 'object', why: revoked }] }]

/** The same for the membership in a role. */
export const grantRole: Form<'GrantRoleStmt'> = ({ is_grant: isGrant }) =>
  isGrant === true ? [{ form: 'grant' }] : [{ form: 'revoke', breaks: [{ what: 'object', why: revoked }] }]

/** ALTER DEFAULT PRIVILEGES: for what will be made, not for what is there. */
export const defaultPrivileges: Form<'AlterDefaultPrivilegesStmt'> = () => [{ form: 'default privileges' }]
