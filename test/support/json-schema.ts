import fastify from 'fastify'

/** What a JSON Schema (draft 7, or what reads like it) has against a document: null when it is valid. */
export async function schemaFault(schema: object, document: string): Promise<string | null> {
  const strict = { removeAdditional: false, coerceTypes: false, useDefaults: false, strict: false } as const
  const server = fastify({ ajv: { customOptions: strict }, bodyLimit: 100_000_000 })
  try {
    // The validator knows one dialect, and takes the name of another for a missing schema.
    server.post('/', { schema: { body: { ...schema, $schema: undefined } } }, () => ({}))
    const answer = await server.inject({
      method: 'POST',
      url: '/',
      headers: { 'content-type': 'application/json' },
      payload: document,
    })
    return answer.statusCode === 200 ? null : answer.body
  } finally {
    await server.close()
  }
}
