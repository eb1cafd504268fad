/** The text without the connection string and its password. */
export function withoutSecrets(url: string, text: string): string {
  const secrets = [url]
  if (URL.canParse(url)) {
    const { password } = new URL(url)
    secrets.push(password, decodeLeniently(password))
  }
  return secrets
    .filter((secret) => secret !== '')
    .reduce((rest, secret) => rest.replaceAll(secret, '[hidden]'), text)
}

function decodeLeniently(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
