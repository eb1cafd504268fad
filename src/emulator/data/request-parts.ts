import { z } from 'zod'

/** A thing named by a string or by an object with its id or name. */
export const reference = z
  .union([z.string(), z.object({ id: z.string() }), z.object({ name: z.string() })])
  .transform((given) => (typeof given === 'string' ? given : 'id' in given ? given.id : given.name))

/** A field that clients leave out or send as null, which mean the same. */
export const optionalText = z
  .string()
  .nullish()
  .transform((given) => given ?? undefined)

/** The name of an attachment, with or without the _URL of its config var. */
export const attachmentName = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]*$/, 'an attachment name has capital letters, digits and underscores')
  .transform((name) => name.replace(/_URL$/, ''))
