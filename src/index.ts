/** The public API: everything that the commands do can be called from TypeScript. */
export { loadConfig, loadProject, type Config, type ProjectConfig } from './config/config.ts'
export { createTiming, type Timing } from './config/timing.ts'
export { check, type CheckOptions } from './deploy/check.ts'
export { checkFiles, type CheckFiles } from './deploy/check-files.ts'
export { checkProject, type CheckProject } from './deploy/check-project.ts'
export { deploy, type DeployOptions } from './deploy/deploy.ts'
export type { DeployRecord } from './deploy/record.ts'
export { prepareRollback, type PreparedRollback, type RollbackOptions } from './deploy/rollback/by-hand.ts'
export { deploySteps } from './deploy/steps.ts'
export type { Step, StepRecord } from './deploy/step.ts'
export {
  exitCodes,
  LockkeeperError,
  PersonNeededError,
  PreconditionError,
  RolledBackError,
  UnsafeMigrationsError,
  UsageError,
} from './errors.ts'
export type { CheckForm } from './report/check/form-names.ts'
export { checkForms } from './report/check/forms.ts'
export type { CheckReport } from './report/check/model.ts'
export { createOutput, type Output } from './report/output.ts'
export { createRedactor, type Redactor } from './report/redaction.ts'
export type { Judgement } from './safety/judgement.ts'
