const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Calls `clean` when this process is told to stop, or ends: what was begun last is cleaned up first. The result takes that back. Where
 * nobody else listens, a signal then does what it would have done.
 */
export function beforeTheEnd(clean: () => void): () => void {
  const stop = (signal: NodeJS.Signals): void => {
    release()
    clean()
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
  }
  const release = (): void => {
    process.removeListener('exit', clean)
    for (const signal of stopSignals) process.removeListener(signal, stop)
  }
  process.prependListener('exit', clean)
  for (const signal of stopSignals) process.prependListener(signal, stop)
  return release
}
