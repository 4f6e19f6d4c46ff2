import { DatabaseError } from "../../errors/database-error.ts"
import type { LogicalType } from "../logical-type.ts"
import { notPortable } from "../not-portable.ts"
import { isText } from "./casts.ts"
import { isInteger, isNumber } from "./common-type.ts"

/** What an argument may be. */
type Kind = "ordered" | "text" | "bytes" | "integer" | "number" | "boolean"

const TEXT: readonly (readonly Kind[])[] = [["text"]]
const TRIM: readonly (readonly Kind[])[] = [["text"], ["text", "text"]]
const PAD: readonly (readonly Kind[])[] = [
  ["text", "integer"],
  ["text", "integer", "text"],
]
const PART: readonly (readonly Kind[])[] = [
  ["text", "integer"],
  ["text", "integer", "integer"],
]
const COUNTED: readonly (readonly Kind[])[] = [["text", "integer"]]
const SIZED: readonly (readonly Kind[])[] = [["text"], ["bytes"]]
const TRUTHS: readonly (readonly Kind[])[] = [["boolean"]]
const NUMBER: readonly (readonly Kind[])[] = [["number"]]
const ROUNDED: readonly (readonly Kind[])[] = [["number"], ["number", "integer"]]
const ORDERED: readonly (readonly Kind[])[] = [["ordered"]]

/** The arguments that functions take, each list one way to call it; the functions that are not here take any. */
const SIGNATURES: Readonly<Record<string, readonly (readonly Kind[])[]>> = {
  abs: NUMBER,
  ascii: TEXT,
  avg: NUMBER,
  bool_and: TRUTHS,
  bool_or: TRUTHS,
  btrim: TRIM,
  ceil: NUMBER,
  ceiling: NUMBER,
  char_length: TEXT,
  character_length: TEXT,
  chr: [["integer"]],
  every: TRUTHS,
  floor: NUMBER,
  initcap: TEXT,
  left: COUNTED,
  length: SIZED,
  lower: TEXT,
  lpad: PAD,
  ltrim: TRIM,
  max: ORDERED,
  md5: SIZED,
  min: ORDERED,
  ntile: [["integer"]],
  octet_length: SIZED,
  repeat: COUNTED,
  replace: [["text", "text", "text"]],
  reverse: TEXT,
  right: COUNTED,
  round: ROUNDED,
  rpad: PAD,
  rtrim: TRIM,
  split_part: [["text", "text", "integer"]],
  starts_with: [["text", "text"]],
  string_agg: [["text", "text"]],
  strpos: [["text", "text"]],
  substr: PART,
  substring: PART,
  sum: NUMBER,
  translate: [["text", "text", "text"]],
  trim: TRIM,
  trunc: ROUNDED,
  upper: TEXT,
}

const UNORDERED: ReadonlySet<string> = new Set(["boolean", "uuid", "json", "jsonb"])

function isOf(kind: Kind, type: LogicalType): boolean {
  switch (kind) {
    case "ordered":
      return !UNORDERED.has(type.name)
    case "text":
      return isText(type)
    case "bytes":
      return type.name === "bytea"
    case "integer":
      return isInteger(type)
    case "number":
      return isNumber(type)
    case "boolean":
      return type.name === "boolean"
    default:
      return kind satisfies never
  }
}

/** The error that PostgreSQL has no function of this name for these arguments. */
export function unknownFunction(name: string, types: readonly (LogicalType | undefined)[]): DatabaseError {
  const list = types.map((type) => type?.name ?? "unknown").join(", ")
  return new DatabaseError({ code: "42883", message: `function ${name}(${list}) does not exist` })
}

/** Throws 42883 where PostgreSQL has no function of this name for these arguments; some of them it alone has. */
export function assertCall(name: string, types: readonly (LogicalType | undefined)[]): void {
  const signatures = SIGNATURES[name]
  const fits = (kinds: readonly Kind[]): boolean =>
    kinds.length === types.length &&
    kinds.every((kind, index) => {
      const type = types[index]
      return type === undefined || isOf(kind, type)
    })
  if (signatures === undefined || signatures.some(fits)) return
  if (signatures[0]?.[0] === "text" && types.some((type) => type?.name === "bytea"))
    throw notPortable(`${name} of bytea`, "Compute it in JavaScript.")
  if ((name === "sum" || name === "avg") && types[0]?.name === "time")
    throw notPortable(`${name} of a time`, "Compute it in JavaScript.")
  throw unknownFunction(name, types)
}

const READ_AS: Readonly<Record<Kind, LogicalType | undefined>> = {
  ordered: undefined,
  text: { name: "text" },
  bytes: undefined,
  integer: { name: "int4" },
  number: { name: "float8" },
  boolean: { name: "boolean" },
}

/** The types as which a function reads arguments that have none of their own. */
export function argumentTypes(name: string, count: number): readonly (LogicalType | undefined)[] {
  const kinds = SIGNATURES[name]?.find((each) => each.length === count) ?? []
  return kinds.map((kind) => READ_AS[kind])
}
