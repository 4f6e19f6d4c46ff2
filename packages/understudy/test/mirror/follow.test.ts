import type { Kysely } from "kysely"
import { beforeEach, expect, test } from "vitest"
import { createTables, type Tables } from "../conformance/tables.ts"
import { openMirroredPair, type MirroredPair } from "./mirrored-pair.ts"

let pair: MirroredPair<Tables>
beforeEach(async () => {
  pair = await openMirroredPair<Tables>({ "0001": { up: (db) => createTables(db as Kysely<Tables>) } })
  return () => pair[Symbol.asyncDispose]()
})

/** The rows of all tables, by key, the same on both. */
async function expectSame(): Promise<void> {
  await pair.caughtUp()
  for (const table of ["every", "parent", "child"] as const) {
    const copied = await pair.copy.selectFrom(table).selectAll().orderBy("id").execute()
    const rows = await pair.primary.selectFrom(table).selectAll().orderBy("id").execute()
    // The primary may have columns that the program does not know.
    const known = rows.map((row) => ({ ...row, ...("extra" in row ? { extra: undefined } : {}) }))
    expect(copied, table).toEqual(known)
  }
}

const VALUES = [
  "default values",
  `(flag, small, medium, large) values (true, 32767, 2147483647, 9223372036854775807)`,
  `(flag, small, medium, large) values (false, -32768, -2147483648, -9223372036854775808)`,
  `(single, double) values ('NaN', 'NaN'), ('Infinity', '-Infinity'), (0.1, 0.1), (1e-40, 5e-324), (16777217, 1.7976931348623157e308)`,
  `(price, wide) values (12345678.90, 1234567890123456789012345678.0123456789), (-0.01, 0)`,
  `(body, short) values ('', ''), (E'tab\\t line\\n back\\\\ quote" comma, (paren)', 'NULL'), (E'\\u2028 \\U0001F3AD', 'nul'), ('\\N', '\\.')`,
  `(uid, day, clock) values ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '0001-01-01', '24:00'), (null, '9999-12-31', '23:59:59.999999')`,
  `(local, moment) values ('2026-03-29 02:30', '2026-03-29 02:30:00.123456+02'), ('0001-01-01', '9999-12-31 23:59:59.999999+00')`,
  `(doc, docb) values ('null', 'null'), (null, null), ('{"a": 1.50, "b":[true,"x\\"y"]}', '{"b":12345678901234567890, "a": 1.50}'), ('"text"', '"(a,b)"')`,
  `(bytes) values ('\\x00ff5c22'), ('')`,
]

test("every value is the same in the first copy, and again when it follows (promise 3)", async () => {
  await pair.stop()
  for (const values of VALUES) await pair.client.query(`insert into every ${values}`)
  pair.start()
  await expectSame()
  for (const values of VALUES) await pair.client.query(`insert into every ${values}`)
  await expectSame()
  await pair.client.query("update every set medium = coalesce(medium, 0) / 2, flag = not flag")
  await expectSame()
})

test("savepoints, upserts, cascades, changed and swapped keys, and what is emptied (promise 4)", async () => {
  const { client } = pair
  await client.query("insert into parent (name) select 'parent ' || g from generate_series(1, 50) g")
  await client.query(
    "insert into child (id, parent, kind) select md5(g::text)::uuid, g / 2, case g % 2 when 0 then 'a' else 'b' end from generate_series(2, 101) g",
  )
  await expectSame()
  await client.query(
    "begin; insert into parent (name) values ('kept'); savepoint s; insert into parent (name) values ('gone'); rollback to s; commit",
  )
  await client.query(
    "insert into parent (id, name) values (3, 'three') on conflict (id) do update set name = excluded.name",
  )
  await client.query(
    "delete from child where parent in (7, 8) or parent > 40; update parent set id = -id where id in (7, 8)",
  )
  await client.query("delete from parent where id = 9")
  await expectSame()
  // Each name goes to the next one: a unique constraint minds the order in which they are written.
  await client.query(
    "begin; update parent set name = 'x' where id = 1; update parent set name = 'parent 1' where id = 2; update parent set name = 'parent 2' where id = 1; commit",
  )
  await client.query(
    "update parent set id = id + 1000 where id > 40; update parent set id = id - 999 where id > 1000",
  )
  await expectSame()
  await client.query("truncate parent cascade; insert into parent (name) values ('after')")
  await expectSame()
})

test("a slow transaction among many short ones is taken over once, and whole (promise 4)", async () => {
  const { client } = pair
  await pair.caughtUp()
  await client.query("begin; insert into parent (name) values ('slow 1')")
  for (let index = 0; index < 20; index += 1) {
    await pair.primary
      .insertInto("parent")
      .values({ name: `short ${index}` })
      .execute()
  }
  await pair.caughtUp()
  expect(
    await pair.copy.selectFrom("parent").select("name").where("name", "like", "slow%").execute(),
  ).toEqual([])
  expect(
    await pair.copy.selectFrom("parent").select("name").where("name", "like", "short%").execute(),
  ).toHaveLength(20)
  await client.query("insert into parent (name) values ('slow 2'); commit")
  await expectSame()
  await pair.stop()
  pair.start()
  await expectSame()
})

test("a table whose shape changes is copied anew (promise 4)", async () => {
  const { client } = pair
  await client.query("insert into child (id, kind) values (gen_random_uuid(), 'a')")
  await expectSame()
  await client.query(
    "alter table child add column extra int default 3; insert into child (id, kind) values (gen_random_uuid(), 'b')",
  )
  await expectSame()
  await client.query(
    "alter table child disable trigger understudy_insert; insert into child (id, kind) values (gen_random_uuid(), 'b')",
  )
  await expectSame()
  await client.query(
    "begin; alter table child disable trigger user; delete from child where kind = 'a'; alter table child enable trigger user; commit",
  )
  await expectSame()
  await client.query("insert into every (medium, body) values (21, 'converted without a trigger')")
  await expectSame()
  await client.query("alter table every alter medium type int using medium * 2")
  await expectSame()
  await client.query("alter table child drop column parent")
  await pair.caughtUp()
  expect(pair.last.tables.find(({ name }) => name === "child")).toEqual({
    name: "child",
    state: "absent",
    absence: "column-differs",
    detail: "parent",
  })
})
