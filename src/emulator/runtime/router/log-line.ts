import { routerErrors, type RouterErrorCode } from './error-codes.ts'

/** One request as the router logs it; times in milliseconds, null where nothing is known. */
export interface RoutedRequest {
  readonly code: RouterErrorCode | null
  readonly method: string
  readonly path: string
  readonly host: string
  readonly requestId: string
  readonly forwardedFor: string
  readonly dyno: string
  readonly connect: number | null
  readonly service: number | null
  readonly status: number
  readonly bytes: number | null
}

export function routerLogLine(request: RoutedRequest): string {
  return (
    `${outcome(request.code)} method=${request.method} path="${quoted(request.path)}" host=${request.host} ` +
    `request_id=${request.requestId} fwd="${quoted(request.forwardedFor)}" dyno=${request.dyno} ` +
    `connect=${milliseconds(request.connect)} service=${milliseconds(request.service)} ` +
    `status=${request.status} bytes=${request.bytes ?? ''} protocol=http`
  )
}

/** Maintenance and a blank app are somebody's decision, and logged as information. */
function outcome(code: RouterErrorCode | null): string {
  if (code === null) return 'at=info'
  const level = code === 'H80' || code === 'H81' ? 'info' : 'error'
  return `at=${level} code=${code} desc="${routerErrors[code].description}"`
}

function milliseconds(time: number | null): string {
  return time === null ? '' : `${Math.round(time)}ms`
}

function quoted(text: string): string {
  return text.includes('"') ? text.replaceAll('"', '%22') : text
}
