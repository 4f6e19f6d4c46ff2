import fc, { type Arbitrary } from "fast-check"
import type { LogicalType, TypeName } from "../../packages/understudy/src/engine/logical-type.ts"
import type { Draw } from "./draw.ts"

/** Values of a type: those that often meet one another, those at its edges, any at all, and some that are none. */
interface Values {
  readonly common: readonly unknown[]
  readonly edges: readonly unknown[]
  readonly any?: Arbitrary<unknown>
  readonly wrong: readonly unknown[]
}

const WORDS = ["a", "b", "A", "ab", "aB", "z", "10", "9"]
const TEXT_EDGES = [
  "",
  " ",
  " a ",
  "%",
  "_",
  "a_b",
  "\\",
  "50%",
  "ä",
  "Ä",
  "ß",
  "😀",
  "a😀b",
  "é",
  "'",
  '"',
  "\n",
]
const UUIDS = ["00000000-0000-0000-0000-000000000000", "0190b3a2-5c1d-7e3f-8a4b-1c2d3e4f5a6b"]

const VALUES: Readonly<Record<Exclude<TypeName, "numeric" | "varchar" | "enum">, Values>> = {
  boolean: { common: [true, false], edges: ["t", "no"], wrong: ["maybe"] },
  int2: {
    common: [0, 1, 2, 3, -1, 7],
    edges: [32767, -32768, 32766],
    any: fc.integer({ min: -32768, max: 32767 }),
    wrong: [32768, 1.5, "x"],
  },
  int4: {
    common: [0, 1, 2, 3, -1, 7, 10],
    edges: [2147483647, -2147483648, 65536],
    any: fc.integer(),
    wrong: [2147483648, 1.5, "x"],
  },
  int8: {
    common: [0, 1, 2, 3, -1, 7, 10],
    edges: [2 ** 53 - 1, -(2 ** 53) + 1, 2 ** 31, "12"],
    any: fc.integer({ min: -(2 ** 45), max: 2 ** 45 }),
    wrong: ["9223372036854775808", 1.5, ""],
  },
  float4: {
    common: [0, 1, 1.5, -2, 0.5, 7],
    edges: [-0, Number.NaN, Infinity, -Infinity, 3.4028234663852886e38, 1e-38, 0.1, 16777217],
    any: fc.float({ noNaN: true, noDefaultInfinity: true }),
    wrong: [1e39, "x"],
  },
  float8: {
    common: [0, 1, 1.5, -2, 0.5, 7],
    edges: [-0, Number.NaN, Infinity, -Infinity, 1.7976931348623157e308, 5e-324, 0.1, 2 ** 53 + 2],
    any: fc.double({ noNaN: true, noDefaultInfinity: true }),
    wrong: ["x"],
  },
  text: {
    common: WORDS,
    edges: TEXT_EDGES,
    any: fc.string({ unit: "grapheme", maxLength: 8 }),
    wrong: ["a\0"],
  },
  uuid: { common: UUIDS, edges: ["0190B3A2-5C1D-7E3F-8A4B-1C2D3E4F5A6B"], any: fc.uuid(), wrong: ["x"] },
  date: {
    common: ["2026-01-31", "2026-02-01", "2000-02-29"],
    edges: ["0001-01-01", "9999-12-31", "1970-01-01", "2026-01-31 12:00"],
    wrong: ["2026-02-30", "today-ish", "10000-01-01", "0044-03-15 BC", "infinity"],
  },
  time: {
    common: ["00:00:00", "12:30:00", "23:59:59"],
    edges: ["24:00:00", "12:30:00.000001", "23:59:59.999999"],
    wrong: ["25:00:00"],
  },
  timestamp: moments([
    "2026-03-29T01:30:00.000Z",
    "2026-10-25 02:30:00.123456",
    "1969-12-31 23:59:59.999999",
  ]),
  timestamptz: moments([
    "2026-03-29 02:30:00+01",
    "2026-10-25 02:30:00.123456+02",
    "10000-01-01 00:00:00+00",
  ]),
  json: documents(),
  jsonb: documents(),
  bytea: {
    common: [Buffer.from("a"), Buffer.from([0, 1, 255])],
    edges: [Buffer.alloc(0), Buffer.from([0]), Buffer.from(Array.from({ length: 256 }, (_, index) => index))],
    any: fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
    wrong: [],
  },
}

function moments(edges: readonly string[]): Values {
  return {
    common: [new Date(0), new Date("2026-01-31T12:00:00.000Z"), new Date("2026-02-01T00:00:00.000Z")],
    edges: [...edges, new Date("0001-01-01T00:00:00.000Z"), new Date("9999-12-31T23:59:59.999Z")],
    any: fc.date({ min: new Date("1800-01-01"), max: new Date("2200-01-01"), noInvalidDate: true }),
    wrong: ["2026-02-30 00:00:00", "x", "10000-01-01 00:00:00+00", "0044-03-15 12:00:00 BC"],
  }
}

function documents(): Values {
  const objects = [{ a: 1, b: "x" }, { a: null }, { a: { b: [1, 2, null] } }, { b: true, a: 1.5 }]
  return {
    common: objects.map((each) => JSON.stringify(each)),
    edges: [
      "null",
      "1",
      '"a"',
      "[]",
      "{}",
      "[1, [2, {}]]",
      '{"a": 1.50, "b": 1e3}',
      '{"": 1, "ä": "😀"}',
      "-0",
    ],
    any: fc
      .json({ maxDepth: 2, noUnicodeString: false } as object)
      .filter((text) => !text.includes("\\u0000")),
    wrong: ["{", "{'a': 1}"],
  }
}

function decimals(size: number | undefined, scale: number): Values {
  const digits = (size ?? 20) - scale
  const any = fc
    .tuple(fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n }), fc.integer({ min: 0, max: 6 }))
    .map(([value, places]) => (digits < 9 ? "0.5" : `${value / 10n ** 6n}.${"123456".slice(0, places + 1)}`))
  return {
    common: digits === 0 ? ["0", "0.5", "-0.25", "0.1"] : ["0", "1", "1.5", "-2", "0.10", "7"],
    edges: [`${"9".repeat(digits)}${scale > 0 ? `.${"9".repeat(scale)}` : ""}`, "0.005", "-0.015", "-0"],
    any: digits === 0 ? fc.constantFrom("0.123456", "0.000001") : any,
    wrong: size === undefined ? ["x"] : [`1${"0".repeat(digits)}`, "x"],
  }
}

function texts(size: number): Values {
  const fitting = (list: readonly string[]): string[] => list.filter((text) => [...text].length <= size)
  const { common, edges } = VALUES.text as { common: string[]; edges: string[] } & Values
  return { common: fitting(common), edges: fitting(edges), wrong: ["x".repeat(size + 1)] }
}

function valuesOf({ name, size, scale }: LogicalType): Values {
  if (name === "numeric") return decimals(size, size === undefined ? 5 : (scale ?? 0))
  if (name === "varchar") return texts(size ?? 10)
  return name === "enum" ? VALUES.text : VALUES[name]
}

/** Which values are asked for. */
export interface ValueChoice {
  /** Only values that look the same when they are equal, and sum up to the same in any order. */
  readonly tame: boolean
  /** How often of a hundred times one that is no value of the type. */
  readonly wrong?: number
}

const TAME_FLOATS = [0, 1, 1.5, -2, 0.5, 7, Number.NaN, Infinity, 1024.25, -3.75]

/** A value for a column of a type. */
export function drawValue(draw: Draw, type: LogicalType, { tame, wrong = 0 }: ValueChoice): unknown {
  const values = valuesOf(type)
  if (values.wrong.length > 0 && draw.chance(wrong)) return draw.pick(values.wrong)
  if (tame && (type.name === "float4" || type.name === "float8")) return draw.pick(TAME_FLOATS)
  const { any } = values
  const kind = draw.weighted([
    [60, "common"],
    [25, "edges"],
    [any === undefined ? 0 : 15, "any"],
  ] as const)
  if (kind === "any" && any !== undefined) return draw.of(any)
  return draw.pick(kind === "edges" ? values.edges : values.common)
}
