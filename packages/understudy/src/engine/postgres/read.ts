import type { CustomTypesConfig } from "pg"
import { dataError } from "../data-error.ts"
import { storedToText, timestampToDate, timestampToStored } from "../temporal.ts"
import type { ValueOptions } from "../values.ts"

/** Object identifiers of PostgreSQL's built-in types (pg_type.dat). */
const OID = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  json: 114,
  float4: 700,
  float8: 701,
  timestamp: 1114,
  timestamptz: 1184,
  jsonb: 3802,
}

type Parser = (text: string) => unknown

function int8(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number)) throw dataError("22003", "int8")
  return number
}

/** `-0` becomes `0`: SQLite cannot keep the difference. */
function float(text: string): number {
  return Number(text) + 0
}

/** Both of the server's output formats: `\\x…`, the default since 9.0, and `escape`. */
function bytes(text: string): Buffer {
  if (text.startsWith("\\x")) return Buffer.from(text.slice(2), "hex")
  return Buffer.from(
    text.replaceAll(/\\(\\|[0-3][0-7]{2})/g, (_, code: string) =>
      code === "\\" ? code : String.fromCharCode(Number.parseInt(code, 8)),
    ),
    "latin1",
  )
}

function timestamp(name: "timestamp" | "timestamptz", { timestamptz }: ValueOptions): Parser {
  if (timestamptz === "date") return (text) => timestampToDate(text, name)
  return (text) => storedToText(timestampToStored(text, name))
}

/** The parsers with which PostgreSQL's values come out just as SQLite's. Types that only it has stay text. */
export function typeParsers(options: ValueOptions): CustomTypesConfig {
  const parsers = new Map<number, Parser>([
    [OID.bool, (text) => text === "t"],
    [OID.bytea, bytes],
    [OID.int8, options.int8 === "bigint" ? BigInt : int8],
    [OID.int2, Number],
    [OID.int4, Number],
    [OID.json, (text) => JSON.parse(text) as unknown],
    [OID.jsonb, (text) => JSON.parse(text) as unknown],
    [OID.float4, float],
    [OID.float8, float],
    [OID.timestamp, timestamp("timestamp", options)],
    [OID.timestamptz, timestamp("timestamptz", options)],
  ])
  const asText: Parser = (text) => text
  return {
    getTypeParser: ((oid: number) => parsers.get(oid) ?? asText) as CustomTypesConfig["getTypeParser"],
  }
}
