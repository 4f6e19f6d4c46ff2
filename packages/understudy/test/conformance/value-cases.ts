import type { EveryType } from "./tables.ts"

/** A value written to a column, to be read back, compared with itself, and refused alike. */
export interface ValueCase {
  readonly column: keyof EveryType
  readonly value: unknown
  /** Not compared by `=` (no such operator, or refused by name). */
  readonly noEquals?: true
}

const texts = [
  "",
  " 12 ",
  "1e5",
  "1.0",
  "007",
  "2026",
  "1e1012345",
  "Grüße 🎭",
  "a'b\"c\\d",
  "12.50",
  "x\0y",
  "\ud800",
]
const dates = ["2026-01-31", "0001-01-01", "9999-12-31", "2024-02-29", "2023-02-29", "2026-13-01", "someday"]
const clocks = ["00:00", "23:59:59.123456", "12:00:00.500", "24:01:00", "noon"]
const moments = [
  new Date("2026-01-31T12:00:00.123Z"),
  new Date("0001-01-01T00:00:00.000Z"),
  new Date("9999-12-31T23:59:59.999Z"),
  "2026-01-31T12:00:00.123456+02:00",
  "2026-01-31 12:00:00Z",
  "2026-01-31 12:00:00.6Z",
  "2026-01-31 12:00:00.65Z",
  "2026-01-31 12:00:00.654Z",
  "2026-01-31 12:00:00.6543Z",
  "2026-01-31 12:00:00.654321Z",
  "2026-03-29T01:30:00+01:00",
  "1969-12-31T23:59:59.999999Z",
  "2026-02-30T00:00:00Z",
  "soon",
  new Date(Number.NaN),
]

function cases(
  column: keyof EveryType,
  values: readonly unknown[],
  more: { noEquals?: true } = {},
): ValueCase[] {
  return values.map((value) => ({ column, value, ...more }))
}

export const VALUE_CASES: readonly ValueCase[] = [
  ...cases("flag", [true, false, "yes", "off", "t", 1, 0, "maybe", 2, ""]),
  ...cases("small", [0, -1, 32767, -32768, 32768, -32769, "12", " 12 ", "1.0", "1e5", 1.5, true, "x", ""]),
  ...cases("medium", [5, 2147483647, -2147483648, 2147483648, 12n, "007"]),
  ...cases("large", [
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
    9007199254740993n,
    "9223372036854775807",
    9223372036854775808n,
    "-9223372036854775808",
    2 ** 60,
    1e21,
  ]),
  ...cases("single", [
    0.1,
    1,
    -0,
    16777217,
    1174141.25,
    -1174141.75,
    3.4028234e38,
    1e-40,
    1e39,
    Number.NaN,
    Infinity,
    -Infinity,
    "1e-3",
    "x",
  ]),
  ...cases("double", [
    0.1,
    5,
    -0,
    1e308,
    5e-324,
    Number.NaN,
    Infinity,
    -Infinity,
    "1e5",
    " 7 ",
    "1e400",
    "x",
  ]),
  ...cases("price", [
    "10.00",
    9.9,
    0,
    "1.005",
    "-1.005",
    "2.675",
    "99999999.99",
    "100000000",
    "99999999.995",
    "1e3",
    "x",
    7n,
  ]),
  ...cases("wide", ["12345678901234567890.12", "1", 0.1, "1e20", "-0.00000000005", "x", "1e28"], {
    noEquals: true,
  }),
  ...cases("body", [...texts, 5, 1.5, true, 12n]),
  ...cases("short", ["abcde", "abcdef", "🎭🎭🎭🎭🎭", "🎭🎭🎭🎭🎭🎭", "", 12345, 123456]),
  ...cases("uid", [
    "0190b3a2-5c1d-7e3f-8a4b-1c2d3e4f5a6b",
    "0190B3A2-5C1D-7E3F-8A4B-1C2D3E4F5A6B",
    "0190b3a25c1d7e3f8a4b1c2d3e4f5a6b",
    "{0190b3a2-5c1d-7e3f-8a4b-1c2d3e4f5a6b}",
    "1e101234-0000-0000-0000-000000000000",
    "nope",
    "",
  ]),
  ...cases("day", [...dates, new Date("2026-01-31T23:00:00Z"), "2026-01-31T10:00:00Z"]),
  ...cases("clock", clocks),
  ...cases("local", [
    ...moments.filter((each) => typeof each !== "string"),
    "2026-01-31 12:00:00.123456",
    "2026-01-31T12:00:00",
  ]),
  ...cases("moment", moments),
  ...cases(
    "doc",
    [{ a: 1, b: [true, null, "x"] }, [1, 2], '"text"', "5", 5, true, "not json", "1e5", "1.0"],
    { noEquals: true },
  ),
  ...cases("docb", [{ b: 1, a: { c: "ü" } }, [], "null", "{", '"a\\u0000b"']),
  ...cases("bytes", [
    Buffer.from([0, 1, 127, 128, 255]),
    new Uint8Array([1, 2]),
    Buffer.alloc(0),
    "\\x00ff",
    "plain",
  ]),
  ...cases("single", ["1.4e-45", "7e-46", "1e-50", "1e-400"]),
  ...cases("double", ["4.9e-324", "1e-400"]),
  ...cases("short", ["abcde ", "abcde   ", "      ", "abcde x"]),
  ...cases("body", [
    new Date(0),
    new Date("2026-01-31T12:00:00.120Z"),
    Buffer.from("äx"),
    Buffer.from([255]),
  ]),
  ...["local", "moment", "day"].flatMap((column) =>
    cases(column as "local", [
      "2024-1-2",
      "2024-1-2 3:4:5",
      "2024-01-01 24:00:00",
      "2024-01-01 24:00:01",
      "2024-01-01 25:00",
      "2024-01-01 10:60",
      "2024-06-30 23:59:60",
      "2024-06-30 23:59:61",
      "2024-01-01 10:00:00+15:59",
      "2024-01-01 10:00:00+16",
      "2024-01-01 10:00:00+05:60",
      "2024-01-01 10:00:00.0000005",
      "2024-01-01 10:00:00.0000015",
      "2023-02-29",
      "0000-01-01",
    ]),
  ),
  ...cases("clock", ["3:04", "3:4:5.60", "24:0"]),
  ...cases("day", ["2024-01-01 10", "2024-01-01T", "2024-02-29T23:59:59-05"]),
  ...cases("docb", [
    '{"b":1,"aa":2,"a":3,"a":4}',
    '{"10":1,"9":2}',
    "-0",
    "-0.0",
    '{"n":1.50,"m":1E2}',
    '"\\ud800"',
    '{"\\u0000":1}',
    '"\\ud83d\\ude00"',
    '"\\\\u0000"',
  ]),
  ...cases("bytes", ["\\x 00 ff", "\\x0", "\\xzz", "\\X00"]),
]
