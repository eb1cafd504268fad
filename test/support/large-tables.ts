import type { Facts } from '../../src/postgres/facts.ts'

/** The facts of a database in which each table that exists has that many bytes, 1 GB unless said otherwise, and a million rows. */
export function largeTables(facts: Facts, bytes = 1e9): Facts {
  return {
    ...facts,
    bytes: (table) => (facts.bytes(table) === null ? null : bytes),
    rows: (table) => (facts.bytes(table) === null ? null : 1e6),
  }
}
