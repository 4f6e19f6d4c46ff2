/** PostgreSQL's types that both engines carry. */
export type TypeName =
  | "boolean"
  | "int2"
  | "int4"
  | "int8"
  | "float4"
  | "float8"
  | "numeric"
  | "text"
  | "varchar"
  | "uuid"
  | "enum"
  | "date"
  | "time"
  | "timestamp"
  | "timestamptz"
  | "json"
  | "jsonb"
  | "bytea"

/** A type with its parameters. */
export interface LogicalType {
  readonly name: TypeName
  /** `varchar(n)`: characters; `numeric(p,s)`: p. */
  readonly size?: number
  /** `numeric(p,s)`: s. */
  readonly scale?: number
}

/** The largest precision of `numeric` that SQLite keeps exactly: a double holds 15 decimal digits. */
const EXACT_NUMERIC_DIGITS = 15

/** What people write for a type, to PostgreSQL's own name. */
const SYNONYMS: Readonly<Record<string, TypeName>> = {
  bool: "boolean",
  boolean: "boolean",
  int2: "int2",
  smallint: "int2",
  smallserial: "int2",
  int: "int4",
  int4: "int4",
  integer: "int4",
  serial: "int4",
  int8: "int8",
  bigint: "int8",
  bigserial: "int8",
  real: "float4",
  float4: "float4",
  float8: "float8",
  "double precision": "float8",
  numeric: "numeric",
  decimal: "numeric",
  text: "text",
  varchar: "varchar",
  "character varying": "varchar",
  uuid: "uuid",
  enum: "enum",
  date: "date",
  time: "time",
  "time without time zone": "time",
  timestamp: "timestamp",
  "timestamp without time zone": "timestamp",
  timestamptz: "timestamptz",
  "timestamp with time zone": "timestamptz",
  json: "json",
  jsonb: "jsonb",
  bytea: "bytea",
}

const SERIAL = new Set(["smallserial", "serial", "bigserial"])

/** Does this type of a column definition draw its value from a sequence? */
export function isSerial(text: string): boolean {
  return SERIAL.has(text.trim().toLowerCase())
}

/** Reads a type as PostgreSQL spells it (`varchar(20)`, `numeric(10,2)`); undefined: no portable type. */
export function parseLogicalType(text: string): LogicalType | undefined {
  const match = /^\s*([a-z0-9 ]+?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?\s*$/i.exec(text)
  const name = match === null ? undefined : SYNONYMS[match[1]?.toLowerCase() ?? ""]
  if (name === undefined) return undefined
  const size = match?.[2] === undefined ? undefined : Number(match[2])
  if (name === "numeric")
    return size === undefined ? { name } : { name, size, scale: Number(match?.[3] ?? 0) }
  if (name === "varchar") return size === undefined ? { name: "text" } : { name, size }
  return size === undefined ? { name } : undefined
}

/** Does SQLite keep this type's values exactly, ordered and computable, as numbers? */
export function isExactNumeric(type: LogicalType): boolean {
  return type.name === "numeric" && type.size !== undefined && type.size <= EXACT_NUMERIC_DIGITS
}

const DECLARED: Readonly<Record<Exclude<TypeName, "varchar" | "numeric">, string>> = {
  boolean: "boolean",
  int2: "int2",
  int4: "int4",
  int8: "int8",
  float4: "real",
  float8: "double precision",
  text: "text",
  uuid: "text uuid",
  enum: "text enum",
  date: "text date",
  time: "text time",
  timestamp: "text timestamp",
  timestamptz: "text timestamptz",
  json: "text json",
  jsonb: "text jsonb",
  bytea: "blob bytea",
}

/**
 * The type as SQLite declares it. The names give the affinity that keeps the value: `timestamptz` alone would be
 * NUMERIC and turn `2026` into a number; `text timestamptz` is TEXT and comes back whole from the statement's columns.
 */
export function declaredType(type: LogicalType): string {
  if (type.name === "varchar") return `varchar(${type.size})`
  if (type.name !== "numeric") return DECLARED[type.name]
  if (type.size === undefined) return "text numeric"
  return `${isExactNumeric(type) ? "" : "text "}numeric(${type.size},${type.scale ?? 0})`
}

/** The way back from {@link declaredType}; undefined for a name that is not ours. */
export function parseDeclaredType(declared: string): LogicalType | undefined {
  return parseLogicalType(declared.replace(/^(?:text|blob) (?=\w)/i, ""))
}
