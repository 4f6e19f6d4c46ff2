import type { OperationNode, RawNode } from "kysely"
import type { TypeName } from "../logical-type.ts"

/** Texts, quoted names and comments of a fragment, in which nothing counts. */
const QUOTED = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//g

/** A fragment without what is quoted in it; what stands within quotes is gone, the first of them stays. */
export function unquoted(fragment: string): string {
  return fragment.replaceAll(QUOTED, (quoted) => (quoted.startsWith("'") ? "'" : ""))
}

/** What tells the time of the transaction. */
interface Clock {
  readonly type: TypeName
  readonly sql: string
}

const MOMENT: Clock = { type: "timestamptz", sql: "now()" }

/** SQLite's own of these names tell the time of the statement, in another form. */
const CLOCKS: Readonly<Record<string, Clock>> = {
  "now()": MOMENT,
  "transaction_timestamp()": MOMENT,
  current_timestamp: MOMENT,
  localtimestamp: { type: "timestamp", sql: "substr(now(), 1, 26)" },
  current_date: { type: "date", sql: "substr(now(), 1, 10)" },
}

/** The clock that a whole fragment asks; undefined: it is something else. */
export function clockOf(fragment: string): Clock | undefined {
  return CLOCKS[fragment.trim().toLowerCase()]
}

/** The one node that a fragment consists of, as `sql.ref` and `sql.val` make one; undefined: there is more to it. */
export function onlyChild({ sqlFragments, parameters }: RawNode): OperationNode | undefined {
  return parameters.length === 1 && sqlFragments.every((text) => text === "") ? parameters[0] : undefined
}
