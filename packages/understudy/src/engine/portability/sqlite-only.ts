import { QUOTED } from "../query-kind.ts"
import { findSqliteFunction } from "./sqlite-functions.ts"

const ARGUMENT = String.raw`(?:[^(),]|\([^()]*\))*`

/** What only SQLite has, by its text in a statement whose quoted parts are `''`; and what PostgreSQL has instead. */
const ONLY_SQLITE: readonly (readonly [pattern: RegExp, construct: string, instead: string])[] = [
  [/^\s*pragma\b/i, "PRAGMA", "Leave it to Understudy, or mark the query with onlyOn."],
  [/^\s*(?:attach|detach)\b/i, "ATTACH", "Open another database for it."],
  [/\b(?:insert|update)\s+or\s+\w+/i, "OR as a conflict's answer", "Use insert … on conflict do …."],
  [/^\s*replace\s+into\b/i, "REPLACE INTO", "Use insert … on conflict do update."],
  [/\bglob\s*(?:''|\$\d)/i, "GLOB", "Use like, or ~ on PostgreSQL alone."],
  [/\bautoincrement\b/i, "AUTOINCREMENT", "Use an identity column."],
  [/\bwithout\s+rowid\b/i, "WITHOUT ROWID", "Leave it out."],
  [/\b(?:rowid|_rowid_)\b/i, "rowid", "Use the table's key."],
  [/\b(?:not\s+indexed|indexed\s+by)\b/i, "INDEXED BY", "Leave it out."],
  [/\bcollate\s+(?:nocase|binary|rtrim)\b/i, "A collation of SQLite", "Compare lower(…)."],
  [/==/, "The operator ==", "Use =."],
  [
    /\bis\s+(?:not\s+)?(?:''|\$\d|[-+]?\d)/i,
    "IS with a value",
    "Use is distinct from, or is not distinct from.",
  ],
  [/\blimit\s+(?:\d+|\$\d+)\s*,/i, "LIMIT with an offset behind a comma", "Use limit … offset …."],
  [
    new RegExp(String.raw`\b(?:max|min)\s*\(${ARGUMENT},`, "i"),
    "max or min of several values",
    "Use greatest or least.",
  ],
  [
    new RegExp(String.raw`\blike\s*\((?!\s*(?:select|with|values)\b)${ARGUMENT},`, "i"),
    "The function like",
    "Use the operator like.",
  ],
  [/\btime\s*\((?!\s*\d+\s*\))/i, "The function time", "Use cast(… as time)."],
  [/\bx''/i, "A text x'…' as bytes", "Pass a Buffer as a parameter."],
  [
    /(?:\b(?:select|as|from|join|into|update)|,)\s*\[/i,
    "A name in brackets",
    "Use double quotes, or sql.ref.",
  ],
  [/`/, "A name in backticks", "Use double quotes, or sql.ref."],
]

/** What in a statement only SQLite has, and what to write instead; undefined where nothing is known to be so. */
export function findOnlySqlite(
  sql: string,
): { readonly construct: string; readonly instead: string } | undefined {
  const bare = sql.replaceAll(QUOTED, (part) => (/^['"]/.test(part) ? "''" : " "))
  const found = ONLY_SQLITE.find(([pattern]) => pattern.test(bare))
  return found === undefined ? findSqliteFunction(bare) : { construct: found[1], instead: found[2] }
}
