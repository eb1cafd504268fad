import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

/**
 * Writes what a client needs to trust the certificate beside what it trusts already, and returns the environment that says so. A
 * variable of the user's own would be replaced by ours, so the certificates that it names are written into our file, too.
 */
export async function trustEnvironment(
  directory: string,
  certificatePem: string,
  address: string,
  from: NodeJS.ProcessEnv = process.env,
): Promise<Readonly<Record<string, string>>> {
  const write = async (name: string, further: string | undefined) => {
    const file = path.join(directory, name)
    await writeFile(file, certificatePem + (await readIfThere(further)))
    return file
  }
  const certificates = await write('certificates.pem', from['NODE_EXTRA_CA_CERTS'])
  const own = await write('certificate.pem', undefined)
  const gitFile = from['GIT_SSL_CAINFO']
  return {
    NODE_EXTRA_CA_CERTS: certificates,
    // Git trusts the certificate for this address only, and its own list for every other.
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${address}/.sslCAInfo`,
    GIT_CONFIG_VALUE_0: own,
    // That would be passed over where the variable is set.
    ...(gitFile === undefined ? {} : { GIT_SSL_CAINFO: await write('certificates-for-git.pem', gitFile) }),
  }
}

async function readIfThere(file: string | undefined): Promise<string> {
  if (file === undefined) return ''
  return await readFile(file, 'utf8').catch(() => '')
}
