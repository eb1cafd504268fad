/**
 * A resource of the schema with every field that the schema names, none optional, and besides only those that are `Newer` than the
 * schema: a body of this type that lacks a field, or has one of a wrong type, does not compile.
 */
export type Complete<T, Newer = unknown> = Required<{
  [Key in keyof T as string extends Key ? never : Key]: T[Key]
}> &
  Newer
