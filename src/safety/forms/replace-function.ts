import type { CreateFunctionStmt, FunctionParameter, TypeName } from 'libpg-query'
import { qualified } from '../../postgres/facts.ts'
import { shortName, type World } from '../known.ts'
import { allOf, as } from '../nodes.ts'
import { listName, typeText } from '../sql-text.ts'
import { parsed } from './parsed.ts'
import { isDoubted } from './presence.ts'

/** Why Postgres refuses CREATE OR REPLACE FUNCTION, when the function that it would replace is surely there. */
export function refusedReplacement(node: CreateFunctionStmt, world: World): string | undefined {
  if (node.replace !== true || node.is_procedure === true || world.known.doubtful) return undefined
  const name = listName(node.funcname)
  const signature = signatureOf(node)
  const old = definitionsOf(name, world).find((one) => signatureOf(one) === signature)
  if (signature === undefined || old === undefined) return undefined
  const cannot = 'CREATE OR REPLACE cannot change'
  const [before, after] = [resultOf(old), resultOf(node)]
  if (before !== undefined && after !== undefined && before !== after)
    return `${cannot} what ${name}(${signature}) returns: it is ${before}`
  const renamed = inputsOf(old).findIndex(({ name: called }, index) => {
    return called !== undefined && called !== inputsOf(node)[index]?.name
  })
  if (renamed >= 0)
    return `${cannot} the names of the parameters of ${name}(${signature}): one is called ${String(inputsOf(old)[renamed]?.name)}`
  return defaultsOf(node) < defaultsOf(old)
    ? `CREATE OR REPLACE cannot take defaults from the parameters of ${name}(${signature})`
    : undefined
}

/** Why Postgres makes no second function or procedure of that name for the same arguments. */
export function refusedSecond(node: CreateFunctionStmt, world: World): string | undefined {
  if (node.replace === true || world.known.doubtful || isDoubted(listName(node.funcname), world))
    return undefined
  const name = listName(node.funcname)
  // Which of its parameters tell a procedure with OUT apart depends on the version.
  if (node.is_procedure === true && inputsOf(node).length < parametersOf(node).length) return undefined
  const signature = signatureOf(node)
  return signature !== undefined && signaturesOf(name, world).includes(signature)
    ? `there already is ${name}(${signature})`
    : undefined
}

/** The arguments of what is surely there under a name, in whichever language. */
function signaturesOf(name: string, { known, facts }: World): string[] {
  const made = known.functions.get(qualified(name))
  const node = made === undefined ? undefined : as(parsed(made)?.[0], 'CreateFunctionStmt')
  const stay = !known.functionsGone.has(qualified(name)) && !known.functionsGone.has(anyFunction)
  const before = stay ? (facts?.functions?.(name) ?? []) : []
  return [
    ...(node === undefined ? [] : [signatureOf(node)]),
    ...before.map((one) => (one.name === qualified(name) ? (one.arguments ?? undefined) : undefined)),
  ].flatMap((one) => one?.replaceAll(/\bpublic\./g, '') ?? [])
}

/** The functions of a name that are surely there: the last one that the pending migrations made, then those of the facts. */
function definitionsOf(name: string, { known, facts }: World): CreateFunctionStmt[] {
  const stay = !known.functionsGone.has(qualified(name)) && !known.functionsGone.has(anyFunction)
  const before = stay ? (facts?.functions?.(name) ?? []) : []
  const texts = [
    known.functions.get(qualified(name)),
    ...before.flatMap((one) => (one.name === qualified(name) ? [one.definition] : [])),
  ]
  return texts.flatMap((text) => {
    const node = text ? as(parsed(text)?.[0], 'CreateFunctionStmt') : undefined
    return node === undefined || node.is_procedure === true ? [] : [node]
  })
}

/** Stands for every function there was: a CASCADE may have taken any along. */
export const anyFunction = '*'

const parametersOf = (node: CreateFunctionStmt) => allOf(node.parameters, 'FunctionParameter')

const isOutput = ({ mode }: FunctionParameter) => mode === 'FUNC_PARAM_OUT' || mode === 'FUNC_PARAM_TABLE'

function inputsOf(node: CreateFunctionStmt): FunctionParameter[] {
  return parametersOf(node).filter((parameter) => !isOutput(parameter))
}

function defaultsOf(node: CreateFunctionStmt): number {
  return parametersOf(node).filter(({ defexpr }) => defexpr !== undefined).length
}

/** The types of the arguments as Postgres tells functions of one name apart; undefined when one depends on a table. */
function signatureOf(node: CreateFunctionStmt): string | undefined {
  return joined(inputsOf(node).map(({ argType }) => plainType(argType)))
}

/** What is returned, without schemas: a type that is found by the search path may be written either way. */
function resultOf(node: CreateFunctionStmt): string | undefined {
  const outputs = parametersOf(node).filter((one) => isOutput(one) || one.mode === 'FUNC_PARAM_INOUT')
  const [only] = outputs
  const returned = outputs.length === 1 ? only?.argType : node.returnType
  const type = returned === undefined && outputs.length > 1 ? 'record' : plainType(withoutSchema(returned))
  const set = node.returnType?.setof === true ? 'setof ' : ''
  if (outputs.length < 2) return type === undefined ? undefined : `${set}${type}`
  const columns = joined(
    outputs.map(({ name, argType }) => joined([name ?? '', plainType(withoutSchema(argType))], ' ')),
  )
  return columns === undefined ? undefined : `${set}record (${columns})`
}

function withoutSchema(type: TypeName | undefined): TypeName | undefined {
  return type && { ...type, names: (type.names ?? []).slice(-1) }
}

/** A type as functions know it, without its modifier; undefined when only the database could tell. */
function plainType(type: TypeName | undefined): string | undefined {
  if (type === undefined || type.pct_type === true) return undefined
  const { arrayBounds = [] } = type
  const text = shortName(typeText({ ...type, typmods: [], arrayBounds: arrayBounds.slice(0, 1) }))
  // The array of a type has a name of its own as well.
  return text.startsWith('_') ? undefined : text
}

function joined(parts: readonly (string | undefined)[], by = ', '): string | undefined {
  return parts.includes(undefined) ? undefined : parts.join(by)
}
