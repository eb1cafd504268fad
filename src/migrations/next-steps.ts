const none = 'Or say that this project has none: migrations.framework: none'

/** For a project of which it is known which tool it has, and not where its migrations are. */
export const nameFolder = ['Name their folder in lockkeeper.yml: migrations.directory', none]

/** For a project that has migrations of a tool that nobody recognised. */
export const nameTool = [
  'Name the tool and the folder of its migrations in lockkeeper.yml: migrations.framework and migrations.directory',
  none,
]
