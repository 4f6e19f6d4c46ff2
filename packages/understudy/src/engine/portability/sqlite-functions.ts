/** The functions that SQLite has and PostgreSQL has not, and what to write instead. A test asks both engines for theirs. */
const GROUPS: readonly (readonly [names: string, instead: string])[] = [
  ["ifnull", "Use coalesce."],
  ["if iif", "Use case when."],
  ["group_concat json_group_array json_group_object jsonb_group_array jsonb_group_object", "Use string_agg."],
  ["total", "Use coalesce(sum(…), 0)."],
  ["json_extract jsonb_extract", "Use -> and ->>."],
  ["last_insert_rowid changes total_changes", "Use returning."],
  ["glob match", "Use like."],
  [
    "datetime julianday strftime timediff unixepoch",
    "Compute the time in the program and pass it as a parameter.",
  ],
  [
    `hex instr likelihood likely log2 median percentile printf quote randomblob subtype typeof unhex unicode unistr_quote
     unlikely zeroblob`,
    "Compute it in the program.",
  ],
  [
    `json_array_insert json_error_position json_insert json_patch json_pretty json_quote json_remove json_replace json_set
     json_type json_valid jsonb_array jsonb_array_insert jsonb_extract jsonb_patch jsonb_remove jsonb_replace`,
    "Read the document and change it in the program.",
  ],
  [
    `load_extension sqlite_compileoption_get sqlite_compileoption_used sqlite_log sqlite_source_id sqlite_version
     bm25 highlight matchinfo offsets optimize snippet fts3_tokenizer fts5 fts5_get_locale fts5_insttoken fts5_locale
     fts5_source_id geopoly_area geopoly_bbox geopoly_blob geopoly_ccw geopoly_contains_point geopoly_debug
     geopoly_group_bbox geopoly_json geopoly_overlap geopoly_regular geopoly_svg geopoly_within geopoly_xform rtreecheck
     rtreedepth rtreenode`,
    "Mark the query with onlyOn.",
  ],
]

const INSTEAD: ReadonlyMap<string, string> = new Map(
  GROUPS.flatMap(([names, instead]) => names.split(/\s+/).map((name): [string, string] => [name, instead])),
)

const CALL = /\b([a-z]\w*)\s*\(/gi
/** Before a table's name with a list of its columns; or a schema, in which a function is the user's own. */
const NOT_A_CALL = /(?:\.|\b(?:into|table|exists|references|with|recursive|view))\s*$/i
const NAMES_A_TABLE = /\bon\s*$/i
/** More than the words and blanks before a name. */
const LOOKED_BACK = 80

/** The first call of a function of SQLite's alone in a statement without quoted parts. */
export function findSqliteFunction(
  bare: string,
): { readonly construct: string; readonly instead: string } | undefined {
  const makesIndex = /^\s*create\b/i.test(bare)
  for (const { 1: name = "", index } of bare.matchAll(CALL)) {
    const instead = INSTEAD.get(name.toLowerCase())
    if (instead === undefined) continue
    const before = bare.slice(Math.max(0, index - LOOKED_BACK), index)
    if (NOT_A_CALL.test(before) || (makesIndex && NAMES_A_TABLE.test(before))) continue
    return { construct: `The function ${name}`, instead }
  }
  return undefined
}
