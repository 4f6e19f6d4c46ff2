import type { Reading } from "./definition.ts"

/** PostgreSQL cuts longer names off. */
const LONGEST_NAME_BYTES = 63

/** What programs call their tables. Less than SQL allows, so that no piece of a URL or a key passes for a name. */
const TABLE_NAME = /^[\p{L}_][\p{L}\p{M}\p{N}_$ -]*$/u

/** Can a table have this name in both databases? */
export function isTableName(name: string): boolean {
  return name !== "" && !name.includes("\0") && Buffer.byteLength(name) <= LONGEST_NAME_BYTES
}

/** Is it what programs call their tables? */
export function isUsualTableName(name: string): boolean {
  return isTableName(name) && TABLE_NAME.test(name)
}

/** Reads names of tables, separated by commas. One that is none is passed over, and its place told. */
export function readTableNames(text: string): Reading<readonly string[]> {
  // Cut at its commas, the pieces of a password would be names.
  if (text.includes("://")) return { rule: "it is a URL, not names of tables" }
  const entries = text.split(",").map((entry) => entry.trim())
  const names = [...new Set(entries.filter(isUsualTableName))]
  const bad = entries.flatMap((entry, index) => (entry === "" || isUsualTableName(entry) ? [] : [index + 1]))
  if (bad.length === 0) return { value: names }
  const which = bad.length === 1 ? "entry" : "entries"
  return { value: names, flaw: `${which} ${bad.join(", ")} of the list cannot be the name of a table` }
}
