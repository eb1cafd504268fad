/** What was started to be awaited after other things: until then, its failure is not told. */
export function ahead<T>(started: T | Promise<T>): Promise<T> {
  const promise = Promise.resolve(started)
  promise.catch(() => undefined)
  return promise
}
