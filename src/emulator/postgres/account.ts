import { readFileSync } from 'node:fs'

/** The operating-system account that Postgres runs as. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/**
 * Postgres refuses to run as root. Gives the account to run it as when root starts the emulator (`postgres` where the
 * machine has one, else `nobody`), and undefined when the present user can run it itself.
 * `passwd` is the text of /etc/passwd, `uid` undefined where the system knows no users.
 */
export function chooseAccount(uid: number | undefined, passwd: string): Account | undefined {
  if (uid !== 0) return undefined
  return findAccount(passwd, 'postgres') ?? findAccount(passwd, 'nobody') ?? { uid: 65534, gid: 65534 }
}

function findAccount(passwd: string, name: string): Account | undefined {
  const fields = passwd
    .split('\n')
    .map((line) => line.split(':'))
    .find((line) => line[0] === name)
  const uid = Number(fields?.[2])
  const gid = Number(fields?.[3])
  return Number.isInteger(uid) && Number.isInteger(gid) && uid > 0 ? { uid, gid } : undefined
}

/** The account for this process. */
export function accountForPostgres(): Account | undefined {
  return chooseAccount(process.getuid?.(), readPasswd())
}

function readPasswd(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8')
  } catch {
    return ''
  }
}
