/**
 * A resource of the schema with every field that the schema names, none optional and none besides: a body of this type that lacks
 * one, or has one of a wrong type, does not compile.
 */
export type Complete<T> = Required<{ [Key in keyof T as string extends Key ? never : Key]: T[Key] }>
