import type { LogicalType, TypeName } from "../../packages/understudy/src/engine/logical-type.ts"
import type { Draw } from "./draw.ts"

/** A type as Kysely's schema builder and casts are told of it. */
export function sqlType({ name, size, scale }: LogicalType): string {
  if (name === "float4") return "real"
  if (name === "float8") return "double precision"
  if (name === "int4") return "integer"
  if (name === "int8") return "bigint"
  if (size === undefined) return name
  return scale === undefined ? `${name}(${size})` : `${name}(${size}, ${scale})`
}

const PLAIN = (name: TypeName) => (): LogicalType => ({ name })

const CHOICES: readonly (readonly [weight: number, make: (draw: Draw) => LogicalType])[] = [
  [5, PLAIN("boolean")],
  [4, PLAIN("int2")],
  [10, PLAIN("int4")],
  [7, PLAIN("int8")],
  [3, PLAIN("float4")],
  [6, PLAIN("float8")],
  [7, (draw) => draw.pick([exact(15, 4), exact(10, 2), exact(5, 0), exact(6, 6)])],
  [2, (draw) => draw.pick<LogicalType>([{ name: "numeric" }, exact(38, 10)])],
  [10, PLAIN("text")],
  [5, (draw) => ({ name: "varchar", size: draw.pick([1, 5, 20]) })],
  [4, PLAIN("uuid")],
  [4, PLAIN("date")],
  [3, PLAIN("time")],
  [4, PLAIN("timestamp")],
  [5, PLAIN("timestamptz")],
  [2, PLAIN("json")],
  [4, PLAIN("jsonb")],
  [4, PLAIN("bytea")],
]

function exact(size: number, scale: number): LogicalType {
  return { name: "numeric", size, scale }
}

/** A type for a column. */
export function drawType(draw: Draw): LogicalType {
  return draw.weighted(CHOICES)(draw)
}

/** A type that PostgreSQL can compare, group by and keep unique; `numeric` only where SQLite keeps it exactly. */
export function isOrdered(type: LogicalType): boolean {
  if (type.name === "numeric") return type.size !== undefined && type.size <= 15
  return type.name !== "json" && type.name !== "jsonb"
}

export function isInteger({ name }: LogicalType): boolean {
  return name === "int2" || name === "int4" || name === "int8"
}

export function isFloat({ name }: LogicalType): boolean {
  return name === "float4" || name === "float8"
}

export function isNumber(type: LogicalType): boolean {
  return isInteger(type) || isFloat(type) || type.name === "numeric"
}

export function isText({ name }: LogicalType): boolean {
  return name === "text" || name === "varchar"
}

/** Which types have one operator `=`: a column of the one can be compared with one of the other. */
export function familyOf(type: LogicalType): string {
  if (isNumber(type)) return "number"
  return isText(type) ? "text" : type.name
}

const NUMBERS: readonly TypeName[] = ["int2", "int4", "int8", "numeric", "float4", "float8"]

/** The type in which PostgreSQL computes with two numbers. */
export function computedType(left: LogicalType, right: LogicalType): LogicalType {
  if (left.name === right.name) return { name: left.name }
  const name = NUMBERS[Math.max(NUMBERS.indexOf(left.name), NUMBERS.indexOf(right.name))] as TypeName
  return { name: name === "float4" ? "float8" : name }
}
