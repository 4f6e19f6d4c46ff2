import { parseLogicalType, type LogicalType } from "../logical-type.ts"
import { typeText } from "./casts.ts"

/**
 * SQLite tells no type of a view's column that is an expression. They stand in a comment within the view's own text,
 * which goes where the view goes: into copies of the file, through renames, away with a drop.
 */
export function viewTypesComment(types: readonly (LogicalType | undefined)[]): string {
  return `/* understudy: ${types.map((type) => (type === undefined ? "" : typeText(type))).join("; ")} */`
}

/** The types that a view's text tells, by place; empty where it tells none. */
export function viewTypesOf(sql: string): readonly (LogicalType | undefined)[] {
  const list = /\/\* understudy: (.*?) \*\/ as /.exec(sql)?.[1]
  return list?.split("; ").map(parseLogicalType) ?? []
}
