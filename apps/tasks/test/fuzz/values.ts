import fc from "fast-check"
import type { Schema } from "./operations.ts"

/** Dates that are none, that lie at an end of the calendar, or that only some parsers take. */
export const ODD_DATES = [
  "2027-02-30T00:00:00Z",
  "2027-02-29T00:00:00Z",
  "2027-13-01T00:00:00Z",
  "2027-00-10T00:00:00Z",
  "1900-02-29T00:00:00Z",
  "2028-02-29T12:00:00+14:00",
  "2027-01-01T24:00:00Z",
  "2027-01-01T25:00:00Z",
  "2016-12-31T23:59:60Z",
  "2027-01-01T12:30:60Z",
  "0000-01-01T00:00:00Z",
  "0000-12-31T23:59:59-23:59",
  "0001-01-01T00:00:00Z",
  "0001-01-01T00:00:00+23:59",
  "9999-12-31T23:59:59.999Z",
  "9999-12-31T23:59:59-23:59",
  "+010000-01-01T00:00:00Z",
  "-000001-01-01T00:00:00Z",
  "2027-01-01T00:00:00.123456789Z",
  "2027-01-01t00:00:00z",
  "2027-01-01 00:00:00Z",
  "2027-01-01T00:00:00",
  "2027-01-01T00:00Z",
  "2027-01-01T00:00:00+99:99",
  "2027-01-01",
  "infinity",
  "now",
  "",
]

const FIRST_YEAR = new Date("0001-01-01T00:00:00.000Z")
const LAST_YEAR = new Date("9999-12-31T23:59:59.999Z")

/** Values that the schema allows. */
export function validValue(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  const types = typeof schema.type === "string" ? [schema.type] : (schema.type ?? ["string"])
  return fc.oneof(...types.map((type) => ofType(type, schema)))
}

function ofType(type: string, schema: Schema): fc.Arbitrary<unknown> {
  switch (type) {
    case "null":
      return fc.constant(null)
    case "boolean":
      return fc.boolean()
    case "integer":
      return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 100 })
    case "object":
      return validObject(schema)
    case "string":
      return validString(schema)
    default:
      throw new Error(`No value is known for the type ${type}.`)
  }
}

function validObject({ properties = {}, required = [], minProperties = 0 }: Schema): fc.Arbitrary<object> {
  const members = Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, validValue(schema)]),
  )
  return fc
    .record(members, { requiredKeys: [...required] })
    .filter((value) => Object.keys(value).length >= minProperties)
}

function validString({ format, pattern, minLength = 0, maxLength = 60 }: Schema): fc.Arbitrary<string> {
  if (format === "uuid") return fc.uuid()
  if (format === "date-time")
    return fc.date({ min: FIRST_YEAR, max: LAST_YEAR, noInvalidDate: true }).map((date) => date.toISOString())
  const allowed = new RegExp(pattern ?? "", "u")
  const lengthFits = (text: string): boolean => {
    const { length } = [...text]
    return length >= minLength && length <= maxLength
  }
  return fc
    .oneof(
      {
        weight: 4,
        arbitrary: fc.string({ unit: "grapheme", minLength, maxLength: Math.min(maxLength, 60) }),
      },
      { weight: 2, arbitrary: fc.string({ unit: "binary", minLength, maxLength: Math.min(maxLength, 60) }) },
      fc.constantFrom(
        "x".repeat(maxLength),
        "😀".repeat(maxLength),
        "'; drop table tasks; --",
        "%_\\",
        "ẞİıſ",
      ),
    )
    .filter((text) => lengthFits(text) && allowed.test(text))
}

const deep = (depth: number): unknown => {
  let value: unknown = []
  for (let level = 0; level < depth; level++) value = [value]
  return value
}

/** Values that some part of a program may not expect. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(...ODD_DATES),
  fc.constantFrom<unknown>(
    "",
    " ",
    "\u0000",
    "a\u0000b",
    "\ud800",
    "\udc00a",
    "\ufeff",
    "\u202e",
    "x".repeat(201),
    "x".repeat(10_001),
    "__proto__",
    "constructor",
    "true",
    "NaN",
    0,
    -1,
    1.5,
    2 ** 53,
    1e308,
    5e-324,
    [],
    {},
    null,
    deep(200),
  ),
)
