/** What a handler throws to answer with one of Heroku's error bodies. */
export class ApiError extends Error {
  readonly status: number
  readonly id: string
  readonly resource: string | undefined

  constructor(status: number, id: string, message: string, resource?: string) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.id = id
    this.resource = resource
  }
}

/** An ApiError, to throw: `throw apiError(422, 'invalid_params', 'Name is already taken')`. */
export function apiError(status: number, id: string, message: string, resource?: string): ApiError {
  return new ApiError(status, id, message, resource)
}

/** 404 as Heroku words it. `resource` is the machine's word (`app`, `log_session`), `words` the person's when they differ. */
export function notFound(resource: string, words = resource.replaceAll('_', ' ')): ApiError {
  return new ApiError(404, 'not_found', `Couldn't find that ${words}.`, resource)
}

/** 422: the request is understood and refused. */
export function invalidParams(message: string): ApiError {
  return new ApiError(422, 'invalid_params', message)
}

/** The JSON body for an error. */
export function errorBody(error: ApiError): Record<string, string> {
  return {
    id: error.id,
    message: error.message,
    ...(error.resource === undefined ? {} : { resource: error.resource }),
  }
}
