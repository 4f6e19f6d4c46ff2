import { isExactNumeric, type LogicalType, type TypeName } from "../logical-type.ts"

const INTEGERS: ReadonlySet<TypeName> = new Set(["int2", "int4", "int8"])
const FLOATS: ReadonlySet<TypeName> = new Set(["float4", "float8"])
const TEXTS: ReadonlySet<TypeName> = new Set(["text", "varchar", "enum"])

function isNumber({ name }: LogicalType): boolean {
  return INTEGERS.has(name) || FLOATS.has(name) || name === "numeric"
}

/** The value as PostgreSQL writes it out. */
function toText(value: string, from: LogicalType): string {
  if (from.name === "boolean") return `iif(${value}, 'true', 'false')`
  if (from.name === "bytea") return `'\\x' || lower(hex(${value}))`
  if (INTEGERS.has(from.name)) return `cast(${value} as text)`
  if (isExactNumeric(from)) return `printf('%.${from.scale ?? 0}f', ${value})`
  if (FLOATS.has(from.name)) {
    const whole = `typeof(${value}) = 'real' and abs(${value}) < 1e15 and ${value} = cast(${value} as integer)`
    return `iif(${whole}, cast(cast(${value} as integer) as text), cast(${value} as text))`
  }
  if (from.name === "timestamp") return `rtrim(rtrim(${value}, '0'), '.')`
  if (from.name === "timestamptz") return `rtrim(rtrim(substr(${value}, 1, 26), '0'), '.') || '+00'`
  return value
}

function toNumber(value: string, from: LogicalType, to: LogicalType): string | undefined {
  const number = from.name === "numeric" && !isExactNumeric(from) ? `cast(${value} as numeric)` : value
  if (INTEGERS.has(to.name)) return `cast(round(${number}) as integer)`
  if (FLOATS.has(to.name)) return `cast(${number} as real)`
  if (isExactNumeric(to)) return `round(${number}, ${to.scale ?? 0})`
  // Digits beyond a double's are rounded in PostgreSQL's own way.
  return to.size === undefined ? toText(value, from) : undefined
}

const TIMES: Readonly<Record<string, (value: string) => string>> = {
  "date timestamp": (value) => `${value} || ' 00:00:00.000000'`,
  "date timestamptz": (value) => `${value} || ' 00:00:00.000000+00'`,
  "timestamp date": (value) => `substr(${value}, 1, 10)`,
  "timestamptz date": (value) => `substr(${value}, 1, 10)`,
  "timestamp timestamptz": (value) => `${value} || '+00'`,
  "timestamptz timestamp": (value) => `substr(${value}, 1, 26)`,
  "json jsonb": (value) => value,
  "jsonb json": (value) => value,
}

/**
 * The expression that turns a value of one type into another, where PostgreSQL casts on assignment, which `ALTER TYPE`
 * does without `USING`. Undefined: it does not. `value` is an expression; times are in UTC. NULL stays NULL, for no
 * part of an expression but `iif` turns it into something.
 */
export function conversion(value: string, from: LogicalType, to: LogicalType): string | undefined {
  if (TEXTS.has(to.name)) return `iif(${value} is null, null, ${toText(value, from)})`
  if (isNumber(from) && isNumber(to)) return toNumber(value, from, to)
  if (from.name === to.name) return value
  return TIMES[`${from.name} ${to.name}`]?.(value)
}
