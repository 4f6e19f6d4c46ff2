import { DatabaseSync } from "node:sqlite"
import fc from "fast-check"
import { expect, it } from "vitest"
import { assertEncodingHolds } from "../../../src/journal/local/encoding-holds.ts"
import { decodeRow, encodeRow } from "../../../src/journal/local/image.ts"

const storedValues = fc.oneof(
  fc.constant(null),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  // SQLite tells no 0 from a -0, and has NULL for what is no number.
  fc.double({ noNaN: true }).map((value) => value + 0),
  fc.string({ unit: "binary" }),
  fc.uint8Array(),
)

it("promise 4: each value comes back from the journal as it was", () => {
  using database = new DatabaseSync(":memory:")
  database.exec("create table t (a, b, c)")
  const image = database.prepare(`select ${encodeRow("new", ["a", "b", "c"])} as image from t as new`)
  const insert = database.prepare("insert into t values (?, ?, ?)")
  fc.assert(
    fc.property(storedValues, storedValues, storedValues, (...values) => {
      database.exec("delete from t")
      insert.run(...values)
      expect(decodeRow(String(image.get()?.["image"]))).toEqual(values)
    }),
  )
})

it("promise 4: a build of SQLite that writes doubles otherwise is found before anything is taken", () => {
  using database = new DatabaseSync(":memory:")
  expect(() => assertEncodingHolds(database)).not.toThrow()
  database.function("printf", { varargs: true }, () => "0.1")
  expect(() => assertEncodingHolds(database)).toThrow("does not keep values")
})
