import { SaxesParser } from 'saxes'

/** What an XML parser has against a document: null when it is well-formed. */
export function xmlFault(document: string): string | null {
  const parser = new SaxesParser()
  const faults: string[] = []
  parser.on('error', ({ message }) => faults.push(message))
  parser.write(document).close()
  return faults[0] ?? null
}
