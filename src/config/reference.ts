import { z } from 'zod'
import { configFile } from './schema.ts'

/** One key of lockkeeper.yml, for the documentation. */
export interface ConfigurationEntry {
  /** watch.health[].path */
  readonly key: string
  readonly type: string
  /** As it would stand in the file; empty when there is none. */
  readonly default: string
  /** Whether it has to be there, where what it is a part of is. */
  readonly required: boolean
  readonly description: string
}

interface Schema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: string | number | boolean
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly default?: unknown
  readonly description?: string
}

/** Every key of lockkeeper.yml in the order of the schema: the one source of the configuration page. */
export function configurationReference(): ConfigurationEntry[] {
  const schema = z.toJSONSchema(configFile, { io: 'input' }) as Schema
  return Object.entries(schema.properties ?? {}).flatMap(([key, child]) => entriesOf(key, child, schema))
}

function entriesOf(key: string, schema: Schema, parent: Schema): ConfigurationEntry[] {
  const own: ConfigurationEntry = {
    key,
    type: typeOf(schema),
    default: schema.default === undefined || schema.type === 'object' ? '' : JSON.stringify(schema.default),
    required: parent.required?.includes(key.split('.').at(-1) ?? key) === true,
    description: schema.description ?? '',
  }
  const holder = schema.properties ? schema : (schema.items ?? {})
  const prefix = schema.items?.properties ? `${key}[]` : key
  return [
    own,
    ...Object.entries(holder.properties ?? {}).flatMap(([name, child]) =>
      entriesOf(`${prefix}.${name}`, child, holder),
    ),
  ]
}

function typeOf(schema: Schema): string {
  if (schema.enum) return schema.enum.map(String).join(' | ')
  if (schema.const !== undefined) return String(schema.const)
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' | ')
  if (schema.type === 'array') return `list of ${schema.items ? typeOf(schema.items) : 'anything'}`
  if (schema.type === 'object') return 'keys'
  return schema.type === undefined ? 'anything' : [schema.type].flat().join(' | ')
}
