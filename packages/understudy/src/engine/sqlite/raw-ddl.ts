import { notPortable } from "../not-portable.ts"

/** What SQLite would take and do otherwise: other types, rows of children deleted, ids that draw themselves. */
const TABLE = /^\s*(create|alter|drop)\s+(?:unlogged\s+)?table\b/i
const COMMENT = /^\s*comment\s+on\b/i

/** Refuses a statement of raw SQL that changes a table. `text` is how it begins. */
export function refuseRawTable(text: string): void {
  const verb = TABLE.exec(text)?.[1]
  if (verb !== undefined)
    throw notPortable(
      `${verb.toUpperCase()} TABLE in raw SQL`,
      "Use the schema builder, which knows the types.",
    )
}

/** Is this a comment on a table or a column? It has no place in SQLite, and is dropped. */
export function isRawComment(text: string): boolean {
  return COMMENT.test(text)
}
