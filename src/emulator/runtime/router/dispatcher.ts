import type { Backend } from './backend.ts'
import type { RouterErrorCode } from './error-codes.ts'

/** Where the requests of an app can go now. */
export interface Routes {
  readonly backends: readonly Backend[]
  /** A web dyno that serves, or is about to, boots. */
  readonly starting: boolean
  readonly crashed: boolean
}

/** A request on its way to a dyno. */
export interface Dispatched {
  /** Takes the dyno; may dispatch itself again when that dyno refuses the connection. */
  send(backend: Backend): void
  fail(code: RouterErrorCode): void
  /** The dynos that refused it. */
  readonly refusedBy: Set<Backend>
}

export interface DispatcherOptions {
  readonly routes: () => Routes
  /** Maintenance: nothing is let through. */
  readonly closed: () => boolean
  /** No release holds any code. */
  readonly blank: () => boolean
  readonly spread: 'random' | 'round-robin'
  /** Milliseconds that a request waits for a booting dyno. */
  readonly bootQueue: number
}

export interface Dispatcher {
  dispatch(request: Dispatched): void
  /** The client has gone, or the request is done: it waits no longer. */
  forget(request: Dispatched): void
  /** Looks again at every waiting request; call it whenever the routes have changed. */
  refresh(): void
}

/** Decides for each request: a dyno at once, a wait for one that boots, or a refusal. */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const waiting = new Map<Dispatched, NodeJS.Timeout>()
  let turn = 0

  function pick(request: Dispatched): Backend | undefined {
    const all = options.routes().backends
    const open = request.refusedBy.size === 0 ? all : all.filter((each) => !request.refusedBy.has(each))
    const at =
      options.spread === 'random' ? Math.floor(Math.random() * open.length) : turn++ % (open.length || 1)
    return open[at]
  }

  function forget(request: Dispatched): void {
    clearTimeout(waiting.get(request))
    waiting.delete(request)
  }

  function dispatch(request: Dispatched): void {
    const verdict = options.closed() ? 'H80' : (pick(request) ?? withoutBackend(request))
    if (verdict === 'wait') return wait(request)
    forget(request)
    if (typeof verdict === 'string') request.fail(verdict)
    else request.send(verdict)
  }

  function withoutBackend(request: Dispatched): RouterErrorCode | 'wait' {
    const routes = options.routes()
    if (request.refusedBy.size > 0 && routes.backends.length > 0) return 'H21'
    if (routes.starting) return 'wait'
    if (routes.crashed) return 'H10'
    return options.blank() ? 'H81' : 'H14'
  }

  function wait(request: Dispatched): void {
    if (waiting.has(request)) return
    const expire = () => {
      waiting.delete(request)
      request.fail('H20')
    }
    waiting.set(request, setTimeout(expire, options.bootQueue))
  }

  return {
    dispatch,
    forget,
    refresh() {
      for (const request of [...waiting.keys()]) dispatch(request)
    },
  }
}
