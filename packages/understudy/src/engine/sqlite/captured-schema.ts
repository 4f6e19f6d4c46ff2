import type { DatabaseSync } from "node:sqlite"
import { UnderstudyError } from "../../errors/understudy-error.ts"
import { QUOTED, queryKind } from "../query-kind.ts"
import type { EngineQuery } from "../contract.ts"
import { CAPTURE_TRIGGERS } from "./capture-trigger-name.ts"

const RAW_CHANGE = /^\s*(?:create|alter|drop)\b/i
const COMMENT = /^(?:--|\/\*)/

/** Does a statement change the schema, by a builder or by raw SQL? */
function changesSchema({ query, sql }: EngineQuery): boolean {
  const kind = queryKind(query)
  if (kind !== "raw") return kind === "ddl"
  return RAW_CHANGE.test(sql.replaceAll(QUOTED, (part) => (COMMENT.test(part) ? " " : part)))
}

/**
 * Throws where a statement would change a schema whose rows are being captured: what is written into a table that is made
 * now, or into a column, would never be handed back, and nor would the change itself.
 *
 * @throws UnderstudyError `UNDERSTUDY_READ_ONLY`
 */
export function assertSchemaStays(database: DatabaseSync, query: EngineQuery): void {
  if (!changesSchema(query)) return
  const captured = database
    .prepare("select 1 from sqlite_schema where type = 'trigger' and name glob ?")
    .get(CAPTURE_TRIGGERS)
  if (captured === undefined) return
  const reason = "the schema stays as it is while the fallback stands in"
  throw new UnderstudyError("UNDERSTUDY_READ_ONLY", { reason }, { applied: "no" })
}
