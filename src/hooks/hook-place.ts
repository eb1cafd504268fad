/** What became of a hook. */
export type HookChange = 'installed' | 'updated' | 'already there' | 'removed' | 'not there'

/** Where a project keeps its hooks. */
export interface HookPlace {
  /** 'git', or the tool that manages the hooks. */
  readonly manager: 'git' | 'husky' | 'lefthook' | 'pre-commit'
  /** The file that is changed: absolute. */
  readonly file: string
}
