import { expect, test } from 'vitest'
import { chooseAccount } from './account.ts'

const passwd = [
  'root:x:0:0:root:/root:/bin/bash',
  'nobody:x:65534:65533::/nonexistent:/usr/sbin/nologin',
  'postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash',
].join('\n')

test('a normal user, and a system without users, run Postgres as they are', () => {
  expect(chooseAccount(1000, passwd)).toBeUndefined()
  expect(chooseAccount(undefined, '')).toBeUndefined()
})

test('root takes postgres, else nobody, else the number that nobody has', () => {
  expect(chooseAccount(0, passwd)).toEqual({ uid: 101, gid: 104 })
  expect(chooseAccount(0, passwd.replace('postgres:', 'pg:'))).toEqual({ uid: 65534, gid: 65533 })
  expect(chooseAccount(0, '')).toEqual({ uid: 65534, gid: 65534 })
  expect(chooseAccount(0, 'postgres:x:0:0::/:/bin/sh\nnobody:broken')).toEqual({ uid: 65534, gid: 65534 })
})
