import { exitCodes, systemCode, systemReason } from '../src/errors.ts'

/**
 * Lets the command go on when nobody reads what it prints, or the disk under a log is full: that must not end a deploy in the middle. What
 * was lost is told at the end; where the output is all that a command does, its success is then none.
 */
export function outliveOutput(outputIsAll: boolean): void {
  let lost: unknown = null
  for (const stream of [process.stdout, process.stderr]) {
    // oclif's own listener throws.
    stream.removeAllListeners('error')
    stream.on('error', (error) => {
      // A reader that has enough, as head has, is no loss.
      if (systemCode(error) !== 'EPIPE') lost = error
    })
  }
  process.once('exit', () => {
    if (lost === null) return
    process.stderr.write(` !     Some of the output could not be written: ${systemReason(lost)}.\n`)
    if (outputIsAll && !process.exitCode) process.exitCode = exitCodes.precondition.code
  })
}
