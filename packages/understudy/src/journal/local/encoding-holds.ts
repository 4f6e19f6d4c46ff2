import type { DatabaseSync, SQLInputValue } from "node:sqlite"
import { isDeepStrictEqual } from "node:util"
import { UnderstudyError } from "../../errors/understudy-error.ts"
import { decodeRow, encodeRow } from "./image.ts"

/** What other encodings have lost: the ends of what a number can be, and what texts and blobs seldom hold. */
const HARDEST: readonly Exclude<SQLInputValue, ArrayBufferView | null>[] = [
  0n,
  -1n,
  2n ** 53n + 1n,
  2n ** 63n - 1n,
  -(2n ** 63n),
  0,
  0.1,
  1 / 3,
  5e-324,
  2.2250738585072014e-308,
  1.7976931348623157e308,
  -123456789.12345679,
  1e21,
  Infinity,
  -Infinity,
  "",
  "t",
  "1e5",
  "007",
  "a\0b",
  `'"\\/\b\n\u2028\uffff`,
  "[\u{1f33b}]",
  "],[",
]

const HARDEST_BLOBS: readonly Uint8Array[] = [new Uint8Array(), new Uint8Array([0, 39, 127, 128, 255])]

/**
 * Tries the journal's encoding on this build of SQLite.
 *
 * @throws UnderstudyError `UNDERSTUDY_READ_ONLY` where a value does not come back as it was.
 */
export function assertEncodingHolds(database: DatabaseSync): void {
  const values = [...HARDEST, ...HARDEST_BLOBS, null]
  const names = values.map((_, index) => `value${index}`)
  const row = names.map((name) => `? as ${name}`).join(", ")
  const { image } =
    database
      .prepare(`select ${encodeRow("new", names)} as image from (select ${row}) as new`)
      .get(...values) ?? {}
  const decoded = typeof image === "string" ? decodeRow(image) : []
  const lost = values.findIndex((value, index) => !isDeepStrictEqual(value, decoded[index]))
  if (lost === -1) return
  const reason = `this build of SQLite does not keep values in the journal as they are (value ${lost})`
  throw new UnderstudyError("UNDERSTUDY_READ_ONLY", { reason }, { applied: "no" })
}
