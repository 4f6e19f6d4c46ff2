import type { DatabaseSync, SQLOutputValue } from "node:sqlite"
import { isExactNumeric, parseLogicalType, type LogicalType } from "../logical-type.ts"
import { storedToText } from "../temporal.ts"
import { toFloat } from "./arithmetic.ts"
import { floatText } from "./float-text.ts"

/** The SQL function that makes an object of keys, types (empty: by the storage class) and stored values. */
export const JSON_OBJECT_FUNCTION = "understudy_json_object"

/** The SQL aggregate that makes an array of documents: of none an empty one. */
export const JSON_ARRAY_FUNCTION = "understudy_json_array"

/** JSON has no word for what is not finite: PostgreSQL writes it as a text. */
function numberJson(text: string): string {
  return /^-?\d/.test(text) ? text : JSON.stringify(text)
}

function floatJson(value: SQLOutputValue, type: "float4" | "float8"): string {
  return numberJson(floatText(toFloat(value), type))
}

function untypedJson(value: SQLOutputValue): string {
  if (typeof value === "bigint") return String(value)
  if (typeof value === "number") return floatJson(value, "float8")
  return JSON.stringify(value instanceof Uint8Array ? bytesText(value) : value)
}

function bytesText(value: SQLOutputValue): string {
  return `\\x${Buffer.from(value as Uint8Array).toString("hex")}`
}

/** A stored value as PostgreSQL writes it into JSON, in the time zone UTC. */
function valueJson(value: SQLOutputValue, type: LogicalType | undefined): string {
  if (value === null) return "null"
  switch (type?.name) {
    case undefined:
      return untypedJson(value)
    case "boolean":
      return value === 1n ? "true" : "false"
    case "float4":
    case "float8":
      return floatJson(value, type.name)
    case "numeric":
      return numberJson(isExactNumeric(type) ? Number(value).toFixed(type.scale ?? 0) : String(value))
    case "int2":
    case "int4":
    case "int8":
    case "json":
    case "jsonb":
      return String(value)
    case "timestamp":
      return JSON.stringify(storedToText(String(value)).replace(" ", "T"))
    case "timestamptz":
      return JSON.stringify(`${storedToText(String(value)).replace(" ", "T")}:00`)
    case "bytea":
      return JSON.stringify(bytesText(value))
    default:
      return JSON.stringify(String(value))
  }
}

/** Registers the functions behind rows within rows. */
export function registerJsonValues(database: DatabaseSync): void {
  const types = new Map<string, LogicalType | undefined>()
  const typeOf = (text: string): LogicalType | undefined => {
    if (!types.has(text)) types.set(text, parseLogicalType(text))
    return types.get(text)
  }
  const options = { deterministic: true, varargs: true, useBigIntArguments: true }
  database.function(JSON_OBJECT_FUNCTION, options, (...parts) => {
    const entries: string[] = []
    for (let index = 0; index < parts.length; index += 3) {
      const [key, type, value = null] = parts.slice(index, index + 3)
      entries.push(`${JSON.stringify(key)}:${valueJson(value, typeOf(String(type)))}`)
    }
    return `{${entries.join(",")}}`
  })
  database.aggregate(JSON_ARRAY_FUNCTION, {
    deterministic: true,
    start: "",
    step: (array, document) => `${array}${array === "" ? "" : ","}${String(document)}`,
    result: (array) => `[${array}]`,
  })
}
