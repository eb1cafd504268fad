import type { FastifyInstance } from 'fastify'
import { registerAccount } from './api/account.ts'
import { registerAdmin } from './api/admin.ts'
import { registerApps } from './api/apps.ts'
import { registerAuthorizations } from './api/authorizations.ts'
import { registerBlobs } from './api/blobs.ts'
import { registerBuilds } from './api/builds.ts'
import { registerCatalogue } from './api/catalogue.ts'
import { registerConfigVars } from './api/config-vars.ts'
import { registerDynos } from './api/dynos.ts'
import { registerFeatures } from './api/features.ts'
import { registerFormation } from './api/formation.ts'
import { registerLogSessions } from './api/log-sessions.ts'
import { registerOutputStreams } from './api/output-streams.ts'
import { registerReleases } from './api/releases.ts'
import { registerSlugs } from './api/slugs.ts'
import type { ControlPlane } from './control-plane.ts'
import { registerAddons } from './data/addons.ts'
import { registerDataApi } from './data/data-api.ts'
import { registerGit } from './git/routes.ts'
import { createServer } from './http/server.ts'
import { registerPipelines } from './pipelines/routes.ts'
import type { Certificate } from './tls/certificate.ts'
import { speakTls } from './tls/one-port.ts'

const routes = [
  registerAccount,
  registerAddons,
  registerAdmin,
  registerApps,
  registerAuthorizations,
  registerBlobs,
  registerBuilds,
  registerCatalogue,
  registerConfigVars,
  registerDataApi,
  registerDynos,
  registerFeatures,
  registerFormation,
  registerGit,
  registerLogSessions,
  registerOutputStreams,
  registerPipelines,
  registerReleases,
  registerSlugs,
]

/** Listens on a port of loopback with every address of the emulator, in plain HTTP and over TLS. */
export async function openServer(
  plane: ControlPlane,
  port: number,
  certificate: Certificate,
  log: (line: string) => void,
): Promise<FastifyInstance> {
  const server = createServer({ ...plane, log })
  for (const register of routes) register(server, plane)
  const disconnect = speakTls(server.server, certificate, plane.rendezvous)
  server.addHook('preClose', async () => disconnect())
  try {
    await server.listen({ host: '127.0.0.1', port })
    return server
  } catch (error) {
    await server.close()
    throw error
  }
}
