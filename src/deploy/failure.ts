/**
 * A step did not end well, for a reason that the message tells the user in complete sentences. Which exit code it comes to
 * is the runner's to say: it depends on what had been changed by then.
 */
export class DeployFailure extends Error {
  override readonly name = 'DeployFailure'
}

/** The words of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
