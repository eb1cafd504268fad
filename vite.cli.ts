import { join } from 'node:path'
import { defineConfig, type Plugin } from 'vite'

const root = import.meta.dirname
/** They run for minutes and need files of their own: they stay as they were compiled. Places are told from bin/import.js. */
const apart = [
  { folder: join(root, 'src/emulator/'), compiled: '../dist/src/emulator/' },
  { folder: join(root, 'tasks/demo/'), compiled: '../dist/tasks/demo/' },
]

const importBeside: Plugin = {
  name: 'import-beside',
  renderDynamicImport({ targetModuleId: target }) {
    const isBundled = target !== null && this.getModuleInfo(target)?.isExternal === false
    return isBundled ? null : { left: "require('../../bin/import.js')(", right: ')' }
  },
}

/**
 * The command line in a few files, because most of the time of a small check would go into finding and reading hundreds of modules. Only
 * what has files of its own at run time stays a package: the parser's WebAssembly.
 */
export default defineConfig({
  root,
  plugins: [importBeside],
  // What newer versions of Node tell of themselves. Where nobody tells, pg loads all of fetch to find out that this is Node.
  define: { navigator: JSON.stringify({ userAgent: 'Node.js' }) },
  ssr: { noExternal: true, external: ['libpg-query', 'typescript'] },
  build: {
    ssr: true,
    target: 'node20',
    outDir: 'dist/cli',
    rollupOptions: {
      input: { main: 'tasks/main.ts', commands: 'tasks/index.ts', 'compiled-code': 'tasks/compiled-code.ts' },
      external: (id) => apart.some(({ folder }) => id.startsWith(folder)),
      output: {
        // Node finds and starts such modules sooner than those of the standard.
        format: 'cjs',
        entryFileNames: '[name].cjs',
        chunkFileNames: '[name]-[hash].cjs',
        paths: (id) => {
          const part = apart.find(({ folder }) => id.startsWith(folder))
          return part === undefined
            ? id
            : part.compiled + id.slice(part.folder.length).replace(/\.ts$/, '.js')
        },
      },
    },
  },
})
