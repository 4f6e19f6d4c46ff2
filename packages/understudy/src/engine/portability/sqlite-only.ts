import { QUOTED } from "../query-kind.ts"

/** What only SQLite has, by its text in a statement without quoted parts; and what PostgreSQL has instead. */
const ONLY_SQLITE: readonly (readonly [pattern: RegExp, construct: string, instead: string])[] = [
  [/^\s*pragma\b/i, "PRAGMA", "Leave it to Understudy, or mark the query with onlyOn."],
  [/\b(?:insert|update)\s+or\s+\w+/i, "OR as a conflict's answer", "Use insert … on conflict do …."],
  [/^\s*replace\s+into\b/i, "REPLACE INTO", "Use insert … on conflict do update."],
  [/\bglob\s*(?:''|\$\d)/i, "GLOB", "Use like, or ~ on PostgreSQL alone."],
  [/\bautoincrement\b/i, "AUTOINCREMENT", "Use an identity column."],
  [/\bwithout\s+rowid\b/i, "WITHOUT ROWID", "Leave it out."],
  [/\b(?:rowid|_rowid_)\b/i, "rowid", "Use the table's key."],
  [/\b(?:ifnull)\s*\(/i, "The function ifnull", "Use coalesce."],
  [/\biif\s*\(/i, "The function iif", "Use case when."],
  [/\bgroup_concat\s*\(/i, "The function group_concat", "Use string_agg."],
  [
    /\b(?:json_extract|json_group_array|json_group_object)\s*\(/i,
    "A JSON function of SQLite",
    "Use -> and ->>.",
  ],
  [
    /\b(?:datetime|julianday|strftime|unixepoch)\s*\(/i,
    "A date function of SQLite",
    "Compute the time in the program and pass it as a parameter.",
  ],
  [/\b(?:last_insert_rowid|changes|total_changes)\s*\(/i, "What SQLite counts itself", "Use returning."],
  [
    /\b(?:randomblob|zeroblob|typeof|instr|hex|printf)\s*\(/i,
    "A function of SQLite",
    "Compute it in the program.",
  ],
  [/`/, "A name in backticks", "Use double quotes, or sql.ref."],
]

/** What in a statement only SQLite has, and what to write instead; undefined where nothing is known to be so. */
export function findOnlySqlite(
  sql: string,
): { readonly construct: string; readonly instead: string } | undefined {
  const bare = sql.replaceAll(QUOTED, "''")
  const found = ONLY_SQLITE.find(([pattern]) => pattern.test(bare))
  return found === undefined ? undefined : { construct: found[1], instead: found[2] }
}
