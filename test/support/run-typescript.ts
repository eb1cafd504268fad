import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { build } from 'vite'

/**
 * Compiles a TypeScript program with all that it imports into one file and starts it as a process of its own, with the
 * directory of that file as its first argument and its output piped. Kills it and removes the directory when `use` ends.
 */
export async function withTypeScriptProcess(
  file: string,
  use: (child: ChildProcess) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(path.join(tmpdir(), 'lockkeeper-process-'))
  try {
    await build({
      configFile: false,
      logLevel: 'silent',
      build: {
        ssr: file,
        outDir: directory,
        rollupOptions: { output: { entryFileNames: 'program.mjs' } },
      },
    })
    const child = spawn(process.execPath, [path.join(directory, 'program.mjs'), directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      await use(child)
    } finally {
      child.kill('SIGKILL')
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
