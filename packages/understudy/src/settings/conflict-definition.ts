import type { Reading, SettingDefinition } from "./definition.ts"
import {
  CONFLICT_POLICIES,
  frozenPolicies,
  PARK_ALL,
  type ConflictPolicies,
  type ConflictPolicy,
} from "./conflict-policy.ts"
import { isUsualTableName } from "./table-names.ts"

/** The setting of the conflict policies. */
export const CONFLICT_DEFINITION: SettingDefinition<ConflictPolicies> = {
  variable: "DATABASE_CONFLICTS",
  defaultText: "`primary`",
  meaning:
    "what becomes of a write of the fallback that met another row in PostgreSQL: `primary`, `fallback` or `columns`, and `table=policy` for a table, separated by commas; see [conflicts](conflicts.md)",
  read: readConflictPolicies,
  default: () => ({ value: PARK_ALL }),
  render: renderConflictPolicies,
}

/** `primary, counters=fallback` */
function renderConflictPolicies({ default: byDefault, tables }: ConflictPolicies): string {
  const named = Object.entries(tables).map(([name, policy]) => `${name}=${policy}`)
  return [byDefault, ...named].join(", ").replaceAll(/\p{C}/gu, "?")
}

/** Reads a policy for all, and policies for tables. An entry that is none of both is passed over, and its place told. */
function readConflictPolicies(text: string): Reading<ConflictPolicies> {
  if (text.includes("://")) return { rule: "it is a URL, not policies" }
  const tables = new Map<string, ConflictPolicy>()
  const defaults: ConflictPolicy[] = []
  const bad: number[] = []
  for (const [index, entry] of text.split(",").entries()) {
    if (entry.trim() === "") continue
    const [table, policy] = readEntry(entry)
    // Two that say something else of the same are both in doubt: the later one is passed over.
    const isTwice = table === null ? defaults.length > 0 : tables.has(table)
    if (policy === undefined || isTwice || (table !== null && !isUsualTableName(table))) bad.push(index + 1)
    else if (table === null) defaults.push(policy)
    else tables.set(table, policy)
  }
  if (defaults.length === 0 && tables.size === 0)
    return { rule: `it is none of ${CONFLICT_POLICIES.join(", ")}, nor a list with table=policy` }
  const value = frozenPolicies({
    default: defaults[0] ?? PARK_ALL.default,
    tables: Object.fromEntries(tables),
  })
  if (bad.length === 0) return { value }
  const which = bad.length === 1 ? "entry" : "entries"
  return { value, flaw: `${which} ${bad.join(", ")} of the list cannot be a policy` }
}

function readEntry(entry: string): readonly [table: string | null, policy: ConflictPolicy | undefined] {
  const at = entry.lastIndexOf("=")
  const word = entry
    .slice(at + 1)
    .trim()
    .toLowerCase()
  const policy = CONFLICT_POLICIES.find((each) => each === word)
  return [at < 0 ? null : entry.slice(0, at).trim(), policy]
}
