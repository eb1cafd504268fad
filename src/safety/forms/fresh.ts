import { qualified } from '../../postgres/facts.ts'
import { isNewRelation, type World } from '../known.ts'
import type { Draft } from './form.ts'

/** Whether nobody else can wait for the relation: the pending migrations made it, or the index. */
export function isFresh({ relation = '', indexOf, fresh }: Draft, world: World): boolean {
  if (fresh !== undefined || relation === '') return fresh ?? false
  if (indexOf === undefined) return isNewRelation(world, relation)
  return isNewRelation(world, indexOf) || world.known.indexes.has(qualified(relation))
}
