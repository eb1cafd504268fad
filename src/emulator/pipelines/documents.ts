import { notFound } from '../http/errors.ts'
import type { Store } from '../platform.ts'

export const stages = ['test', 'review', 'development', 'staging', 'production'] as const
export type Stage = (typeof stages)[number]

export interface Pipeline {
  readonly id: string
  name: string
  readonly createdAt: string
  updatedAt: string
}

/** An app's place in a pipeline. An app is in one pipeline at most. */
export interface Coupling {
  readonly id: string
  readonly appId: string
  readonly pipelineId: string
  stage: Stage
  readonly createdAt: string
  updatedAt: string
}

/** What became of a promotion is told by the releases that it made. */
export interface Promotion {
  readonly id: string
  readonly pipelineId: string
  readonly sourceAppId: string
  readonly sourceReleaseId: string
  readonly targets: readonly {
    readonly id: string
    readonly appId: string
    readonly releaseId: string
  }[]
  readonly createdAt: string
}

export interface PipelineDocuments {
  pipelines: Pipeline[]
  couplings: Coupling[]
  promotions: Promotion[]
}

const document = 'pipelines'
/** Promotions that are remembered: nobody asks for an older one. */
const promotionsKept = 100

/** The pipelines of this state; couplings of apps that are gone are passed over. */
export function readPipelines(store: Store): PipelineDocuments {
  const all = store.read<PipelineDocuments>(document) ?? { pipelines: [], couplings: [], promotions: [] }
  return { ...all, couplings: all.couplings.filter(({ appId }) => store.app(appId) !== undefined) }
}

export function writePipelines(store: Store, documents: PipelineDocuments): void {
  store.write(document, { ...documents, promotions: documents.promotions.slice(-promotionsKept) })
}

/** By id or name; throws 404. */
export function requirePipeline(documents: PipelineDocuments, identity: string): Pipeline {
  const found = documents.pipelines.find(({ id, name }) => id === identity || name === identity)
  if (found === undefined) throw notFound('pipeline')
  return found
}
