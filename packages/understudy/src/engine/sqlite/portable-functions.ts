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
}

const IN_CODE = "Compute it in JavaScript and pass the outcome."
const IN_ROWS = "Select the rows and put them together in JavaScript."

/** Functions that SQLite has not, or has with another meaning, and what to write instead. */
const REFUSED: Readonly<Record<string, string>> = {
  age: IN_CODE,
  any: "Use in (…).",
  array_agg: IN_ROWS,
  date_part: IN_CODE,
  date_trunc: IN_CODE,
  extract: IN_CODE,
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
  [/\bextract\s*\(/i, "extract()"],
  [/\bdate_trunc\s*\(/i, "date_trunc()"],
  [/\bto_char\s*\(/i, "to_char()"],
  [/\binterval\s*'/i, "An interval"],
  [/\bat\s+time\s+zone\b/i, "AT TIME ZONE"],
  [/\barray\s*\[/i, "ARRAY[…]"],
  [/[=<>]\s*(?:any|all)\s*\(/i, "ANY and ALL"],
  [/\bgenerate_series\s*\(/i, "generate_series()"],
]

/** Refuses by name what a fragment of SQL holds that SQLite has not. Quoted parts are to be taken out before. */
export function refuseFragment(text: string): void {
  const found = FRAGMENTS.find(([pattern]) => pattern.test(text))
  if (found !== undefined) throw notPortable(found[1], IN_CODE)
}

/** The name on SQLite of a function of PostgreSQL; throws where there is none with the same meaning. */
export function portableFunction(name: string): string {
  const lower = name.toLowerCase()
  const instead = REFUSED[lower]
  if (instead !== undefined) throw notPortable(`The function ${lower}`, instead)
  return RENAMED[lower] ?? name
}
