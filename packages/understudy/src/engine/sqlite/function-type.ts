import type { LogicalType, TypeName } from "../logical-type.ts"
import { arithmeticType, commonType, isFloat, isInteger, isNumber } from "./common-type.ts"
import { isMath } from "./math-functions.ts"
import { isRounding } from "./rounding.ts"

/** What PostgreSQL gives back of a function, where its name alone tells. */
const RESULTS: Readonly<Record<string, TypeName>> = {
  count: "int8",
  row_number: "int8",
  rank: "int8",
  dense_rank: "int8",
  ntile: "int4",
  percent_rank: "float8",
  cume_dist: "float8",
  lower: "text",
  upper: "text",
  trim: "text",
  btrim: "text",
  ltrim: "text",
  rtrim: "text",
  substr: "text",
  substring: "text",
  replace: "text",
  concat: "text",
  string_agg: "text",
  length: "int4",
  octet_length: "int4",
  char_length: "int4",
  character_length: "int4",
  ascii: "int4",
  chr: "text",
  initcap: "text",
  left: "text",
  lpad: "text",
  md5: "text",
  repeat: "text",
  reverse: "text",
  right: "text",
  rpad: "text",
  split_part: "text",
  starts_with: "boolean",
  strpos: "int4",
  translate: "text",
  concat_ws: "text",
  json_array_length: "int4",
  jsonb_array_length: "int4",
  json_typeof: "text",
  jsonb_typeof: "text",
  random: "float8",
  pi: "float8",
  date_part: "float8",
  extract: "numeric",
  now: "timestamptz",
  clock_timestamp: "timestamptz",
  statement_timestamp: "timestamptz",
  transaction_timestamp: "timestamptz",
  gen_random_uuid: "uuid",
  bool_and: "boolean",
  bool_or: "boolean",
  every: "boolean",
}

/** Functions whose value has the type of their first argument. */
const SAME_AS_FIRST: ReadonlySet<string> = new Set([
  "min",
  "max",
  "abs",
  "first_value",
  "last_value",
  "nth_value",
])

/** Functions whose value has the type on which all their arguments agree. */
const COMMON: ReadonlySet<string> = new Set(["coalesce", "greatest", "least"])

/** What a sum of this type is in PostgreSQL. */
const SUMS: Partial<Record<TypeName, TypeName>> = {
  int2: "int8",
  int4: "int8",
  int8: "numeric",
  float4: "float4",
  float8: "float8",
  numeric: "numeric",
}

/** Which arguments of a function have the type of its value, as those of `coalesce` have. */
export function valueArguments(name: string, count: number): readonly number[] {
  if (COMMON.has(name)) return Array.from({ length: count }, (_, index) => index)
  if (SAME_AS_FIRST.has(name) || name === "nullif") return [0]
  return name === "lag" || name === "lead" ? [0, 2] : []
}

/** The type of a function's value, or an aggregate's or a window function's; undefined where nothing tells it. */
export function functionType(
  name: string,
  args: readonly (LogicalType | undefined)[],
): LogicalType | undefined {
  const known = RESULTS[name]
  if (known !== undefined) return { name: known }
  if (isMath(name)) return { name: "float8" }
  const first = args[0]
  if (name === "date_trunc") return { name: args[1]?.name === "timestamp" ? "timestamp" : "timestamptz" }
  if (name === "mod") {
    const computed = arithmeticType(first, args[1])
    return computed === undefined ? undefined : { name: computed }
  }
  if (name === "sum") return sumType(first)
  if (name === "avg") return averageType(first)
  if (isRounding(name)) {
    return first === undefined || !isNumber(first)
      ? undefined
      : { name: first.name === "numeric" ? "numeric" : "float8" }
  }
  if (COMMON.has(name)) return anyOf(args, name.toUpperCase())
  if (name === "lag" || name === "lead") return commonType([first, args[2]], name)
  if (name === "nullif") return nullifType(first, args[1])
  return SAME_AS_FIRST.has(name) ? first : undefined
}

/** NULLIF gives back the first value as it was compared. */
function nullifType(
  first: LogicalType | undefined,
  second: LogicalType | undefined,
): LogicalType | undefined {
  if (first === undefined || second === undefined) return unsized(first ?? second)
  if (!isNumber(first) || !isNumber(second) || (isInteger(first) && isInteger(second))) return first
  if (isFloat(first)) return first
  return { name: arithmeticType(first, second) ?? first.name }
}

function unsized(type: LogicalType | undefined): LogicalType | undefined {
  return type?.name === "numeric" ? { name: "numeric" } : type
}

/** The type of what takes one of several values; a parameter among them is not rounded to the scale of a column. */
export function anyOf(types: readonly (LogicalType | undefined)[], where: string): LogicalType | undefined {
  const common = commonType(types, where)
  return common?.name === "numeric" && types.includes(undefined) ? { name: "numeric" } : common
}

function sumType(type: LogicalType | undefined): LogicalType | undefined {
  const name = type === undefined ? undefined : SUMS[type.name]
  return name === undefined ? undefined : { name }
}

function averageType(type: LogicalType | undefined): LogicalType | undefined {
  if (type === undefined || !isNumber(type)) return undefined
  return { name: isInteger(type) || type.name === "numeric" ? "numeric" : "float8" }
}
