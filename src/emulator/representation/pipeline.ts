import type * as Heroku from '@heroku-cli/schema'
import type { Account } from '../account.ts'
import type { App } from '../model.ts'
import type { Coupling, Pipeline, Promotion } from '../pipelines/documents.ts'
import type { Store } from '../platform.ts'
import { appReference } from './app.ts'
import type { Complete } from './complete.ts'

export function pipelineBody(pipeline: Pipeline, account: Account): Complete<Heroku.Pipeline> {
  return {
    created_at: pipeline.createdAt,
    id: pipeline.id,
    name: pipeline.name,
    owner: { id: account.id, type: 'user' },
    updated_at: pipeline.updatedAt,
  }
}

export function couplingBody(
  coupling: Coupling,
  pipeline: Pipeline,
  app: App,
): Complete<Heroku.PipelineCoupling> {
  return {
    app: appReference(app),
    created_at: coupling.createdAt,
    id: coupling.id,
    pipeline: { id: pipeline.id, name: pipeline.name },
    stage: coupling.stage,
    updated_at: coupling.updatedAt,
  }
}

export function promotionBody(store: Store, promotion: Promotion): Complete<Heroku.PipelinePromotion> {
  const pending = targetBodies(store, promotion).some(({ status }) => status === 'pending')
  return {
    created_at: promotion.createdAt,
    id: promotion.id,
    pipeline: { id: promotion.pipelineId },
    source: { app: { id: promotion.sourceAppId }, release: { id: promotion.sourceReleaseId } },
    status: pending ? 'pending' : 'completed',
    updated_at: promotion.createdAt,
  }
}

/** How far the promotion has come in each of its targets: as far as the release that it made there. */
export function targetBodies(store: Store, promotion: Promotion): Complete<Heroku.PipelinePromotionTarget>[] {
  return promotion.targets.map(({ id, appId, releaseId }) => {
    const release = store.app(appId)?.releases.find((each) => each.id === releaseId)
    const status = release?.status ?? 'failed'
    return {
      app: { id: appId },
      error_message: status === 'failed' ? 'The release command failed.' : null,
      id,
      pipeline_promotion: { id: promotion.id },
      release: { id: releaseId },
      status,
    }
  })
}
