import { DatabaseError } from "../../errors/database-error.ts"
import { notPortable } from "../not-portable.ts"

/** Functions of PostgreSQL under the name that does the same on SQLite. */
const RENAMED: Readonly<Record<string, string>> = {
  bool_and: "min",
  bool_or: "max",
  every: "min",
  greatest: "understudy_greatest",
  least: "understudy_least",
  btrim: "trim",
  transaction_timestamp: "now",
  char_length: "length",
  character_length: "length",
  random: "understudy_random",
  json_array_length: "understudy_json_array_length",
  jsonb_array_length: "understudy_jsonb_array_length",
  json_typeof: "understudy_json_typeof",
  jsonb_typeof: "understudy_jsonb_typeof",
}

/** Functions that mean the same on SQLite under the same name. Whatever else SQLite has, PostgreSQL has not. */
const SAME: ReadonlySet<string> = new Set([
  "abs",
  "avg",
  "coalesce",
  "concat",
  "concat_ws",
  "count",
  "cume_dist",
  "dense_rank",
  "first_value",
  "gen_random_uuid",
  "lag",
  "last_value",
  "lead",
  "length",
  "lower",
  "ltrim",
  "max",
  "min",
  "now",
  "nth_value",
  "ntile",
  "nullif",
  "octet_length",
  "percent_rank",
  "pi",
  "rank",
  "replace",
  "row_number",
  "rtrim",
  "clock_timestamp",
  "statement_timestamp",
  "string_agg",
  "sum",
  "trim",
  "upper",
])

const IN_CODE = "Compute it in JavaScript and pass the outcome."
const SEQUENCE = "Insert the row and take its id by RETURNING."
const IN_ROWS = "Select the rows and put them together in JavaScript."

/** Functions that SQLite has not, or has with another meaning, and what to write instead. */
const REFUSED: Readonly<Record<string, string>> = {
  age: IN_CODE,
  bit_and: IN_CODE,
  bit_or: IN_CODE,
  bit_xor: IN_CODE,
  bit_length: "Multiply octet_length() by 8.",
  cbrt: "Use power().",
  corr: IN_CODE,
  currval: SEQUENCE,
  div: "Divide whole numbers by /.",
  format: "Use concat() or ||.",
  gcd: IN_CODE,
  json_build_array: IN_ROWS,
  jsonb_build_array: IN_ROWS,
  jsonb_extract_path: "Use ref(column, '->') with key() and at().",
  jsonb_extract_path_text: "Use ref(column, '->>') with key() and at().",
  json_extract_path: "Use ref(column, '->') with key() and at().",
  json_extract_path_text: "Use ref(column, '->>') with key() and at().",
  jsonb_pretty: IN_CODE,
  jsonb_strip_nulls: IN_CODE,
  lastval: SEQUENCE,
  lcm: IN_CODE,
  make_date: IN_CODE,
  make_interval: IN_CODE,
  make_timestamp: IN_CODE,
  mode: IN_CODE,
  nextval: SEQUENCE,
  num_nonnulls: "Use CASE.",
  num_nulls: "Use CASE.",
  pg_typeof: IN_CODE,
  quote_ident: IN_CODE,
  quote_literal: IN_CODE,
  regexp_like: IN_CODE,
  regexp_match: IN_CODE,
  setval: SEQUENCE,
  stddev_pop: IN_CODE,
  stddev_samp: IN_CODE,
  to_hex: IN_CODE,
  var_pop: IN_CODE,
  var_samp: IN_CODE,
  width_bucket: IN_CODE,
  any: "Use in (…).",
  array_agg: IN_ROWS,
  generate_series: IN_CODE,
  json_agg: IN_ROWS,
  json_build_object: IN_ROWS,
  json_object_agg: IN_ROWS,
  jsonb_agg: IN_ROWS,
  jsonb_build_object: IN_ROWS,
  jsonb_object_agg: IN_ROWS,
  jsonb_set: "Read the document, change it in JavaScript and write it back.",
  percentile_cont: IN_CODE,
  percentile_disc: IN_CODE,
  regexp_replace: IN_CODE,
  row_to_json: IN_ROWS,
  stddev: IN_CODE,
  to_char: "Format in JavaScript.",
  to_date: "Use cast(… as date) of a text YYYY-MM-DD.",
  to_json: IN_ROWS,
  to_jsonb: IN_ROWS,
  to_number: "Use cast(… as numeric(p,s)).",
  to_timestamp: "Use cast(… as timestamptz).",
  unnest: "Use a list of values, or rows of a table.",
  variance: IN_CODE,
}

/** What a fragment may hold that only PostgreSQL reads, and its name. */
const FRAGMENTS: readonly (readonly [RegExp, string])[] = [
  [/\boverriding\s+(?:system|user)\s+value\b/i, "OVERRIDING … VALUE"],
  [/\bextract\s*\(/i, "extract() within a longer fragment"],
  [/\bdate_(?:trunc|part)\s*\(/i, "date_trunc() or date_part() in a fragment"],
  [/\bposition\s*\(/i, "position()"],
  [/\brandom\s*\(/i, "random() within a longer fragment"],
  [/\b(?:current_time|localtime)\b/i, "A time of day with a zone"],
  [/\b(?:nextval|currval|setval|lastval)\s*\(/i, "A sequence's function"],
  [/\bto_char\s*\(/i, "to_char()"],
  [/\binterval\s*'/i, "An interval"],
  [/\bat\s+time\s+zone\b/i, "AT TIME ZONE"],
  [/\barray\s*\[/i, "ARRAY[…]"],
  [/[=<>]\s*(?:any|all)\s*\(/i, "ANY and ALL"],
  [/\bgenerate_series\s*\(/i, "generate_series()"],
]

const INSTEAD: Readonly<Record<string, string>> = {
  "extract() within a longer fragment":
    'Write sql`extract(year from ${ref})` by itself, or eb.fn("date_part", …).',
  "date_trunc() or date_part() in a fragment": 'Write it as eb.fn("date_trunc", [sql.lit("day"), column]).',
  "position()": 'Write it as eb.fn("strpos", [text, part]).',
  "random() within a longer fragment": 'Write it as eb.fn("random").',
  "A sequence's function": SEQUENCE,
}

/** Refuses by name what a fragment of SQL holds that SQLite has not. Quoted parts are to be taken out before. */
export function refuseFragment(text: string): void {
  const found = FRAGMENTS.find(([pattern]) => pattern.test(text))
  if (found !== undefined) throw notPortable(found[1], INSTEAD[found[1]] ?? IN_CODE)
}

/** The name on SQLite of a function of PostgreSQL; throws where there is none with the same meaning. */
export function portableFunction(name: string): string {
  const lower = name.toLowerCase()
  const instead = REFUSED[lower]
  if (instead !== undefined) throw notPortable(`The function ${lower}`, instead)
  const own = RENAMED[lower] ?? (SAME.has(lower) || lower.startsWith("understudy_") ? name : undefined)
  if (own !== undefined) return own
  throw new DatabaseError({ code: "42883", message: `function ${lower} does not exist` })
}
