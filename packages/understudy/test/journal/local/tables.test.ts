import { DatabaseSync } from "node:sqlite"
import { expect, it } from "vitest"
import { newFile, told } from "./captured-file.ts"

it("promise 4: replacing, upserts and cascades are kept as the changes that they are", async () => {
  const file = newFile()
  await file.make(`create table parent (id integer primary key, name text unique);
    create table child (id integer primary key, parent integer references parent on delete cascade on update cascade)`)
  await file.startCapture()
  await file.runAll(
    "insert into parent values (1, 'a'), (2, 'b')",
    "insert into child values (10, 1)",
    "insert or replace into parent values (3, 'b')",
    "insert into parent values (3, 'x') on conflict (id) do update set name = 'y'",
    "insert into parent values (3, 'x') on conflict do nothing",
    "update parent set id = 4 where id = 1",
    "delete from parent where id = 4",
  )
  expect(told(await file.transactions()).slice(2)).toEqual([
    [
      ["delete", "parent", [2n, "b"], null],
      ["insert", "parent", null, [3n, "b"]],
    ],
    [["update", "parent", [3n, "b"], [3n, "y"]]],
    [
      ["update", "child", [10n, 1n], [10n, 4n]],
      ["update", "parent", [1n, "a"], [4n, "a"]],
    ],
    [
      ["delete", "child", [10n, 4n], null],
      ["delete", "parent", [4n, "a"], null],
    ],
  ])
})

it("promise 4: a row's change stands before what the program's trigger makes of it", async () => {
  const file = newFile()
  await file.make(`create table t (id integer primary key, a text, changed integer);
    create trigger touch after insert on t begin update t set changed = 1 where id = new.id; end`)
  await file.startCapture()
  await file.run("insert into t (id, a) values (1, 'x')")
  expect(told(await file.transactions())).toEqual([
    [
      ["insert", "t", null, [1n, "x", null]],
      ["update", "t", [1n, "x", null], [1n, "x", 1n]],
    ],
  ])
})

it("promise 4: odd tables are captured too", async () => {
  const file = newFile()
  await file.make(`
    create table "it's ""odd""" ("new" text, "understudy_transaction" text, "a b" blob, primary key ("a b", "new")) without rowid;
    create table computed (id integer primary key, a integer, b integer as (a * 2) stored, c integer as (a + 1));
    create virtual table found using fts5 (words)`)
  await file.startCapture()
  await file.runAll(
    `insert into "it's ""odd""" values ('n', 'u', x'00ff')`,
    "insert into computed (id, a) values (1, 21)",
    "insert into found values ('some words')",
  )
  const all = await file.transactions()
  expect(told(all)).toEqual([
    [["insert", `it's "odd"`, null, ["n", "u", new Uint8Array([0, 255])]]],
    [["insert", "computed", null, [1n, 21n]]],
  ])
  expect(all[0]?.changes[0]).toMatchObject({ shape: { key: ["a b", "new"] } })
})

it("promise 4: tables with more columns than a function takes arguments are captured", async () => {
  const file = newFile()
  const columns = Array.from({ length: 2000 }, (_, index) => `c${index}`)
  await file.make(`create table wide (${columns.join(", ")}, primary key (c0))`)
  await file.startCapture()
  await file.runAll(
    "insert into wide (c0, c999, c1000, c1999) values (1, ']', '[', '],[')",
    "delete from wide",
  )
  const row = columns.map((_, index) => ({ 0: 1n, 999: "]", 1000: "[", 1999: "],[" })[index] ?? null)
  expect(told(await file.transactions())).toEqual([
    [["insert", "wide", null, row]],
    [["delete", "wide", row, null]],
  ])
})

it("promise 4: a table without a primary key takes no writes, and says so", async () => {
  const file = newFile()
  await file.make(`create table log (line text); insert into log values ('before')`)
  await file.startCapture()
  for (const text of ["insert into log values ('x')", "update log set line = 'y'", "delete from log"])
    await expect(file.run(text)).rejects.toMatchObject({
      code: "UNDERSTUDY_NO_KEY",
      message: "The table log has no primary key, so the fallback takes no writes to it.",
      applied: "no",
    })
  expect(await file.kysely.selectFrom("log").selectAll().execute()).toEqual([{ line: "before" }])
})

it("promise 3: no row without a key is taken while the fallback stands in, as PostgreSQL takes none", async () => {
  const file = newFile()
  await file.make("create table loose (a text, b integer, primary key (a, b))")
  await file.startCapture()
  await file.run("insert into loose values ('a', 1)")
  for (const text of ["insert into loose values ('a', null)", "update loose set a = null"])
    await expect(file.run(text)).rejects.toMatchObject({ code: "23502", table: "loose" })
  expect(await file.transactions()).toHaveLength(1)
})

it("promise 4: nobody else can write past the journal", async () => {
  const file = newFile()
  await file.make("create table t (id integer primary key)")
  await file.startCapture()
  await file.run("insert into t values (1)")
  using foreign = new DatabaseSync(file.file)
  for (const text of ["insert into t values (2)", "delete from t", "update t set id = 3"])
    expect(() => foreign.exec(text)).toThrow("no such function: understudy_transaction")
  expect(await file.kysely.selectFrom("t").selectAll().execute()).toEqual([{ id: 1 }])
})

it("promise 2: what the journal is made of is not told as the program's tables", async () => {
  const file = newFile()
  await file.make("create table t (id integer primary key)")
  await file.startCapture()
  const tables = await file.kysely.introspection.getTables()
  expect(tables.map(({ name }) => name)).toEqual(["t"])
})
