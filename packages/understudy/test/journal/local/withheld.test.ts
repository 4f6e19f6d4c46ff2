import { expect, it } from "vitest"
import { type CapturedFile, newFile, told } from "./captured-file.ts"

async function withWithheld(more = ""): Promise<CapturedFile> {
  const file = newFile()
  await file.make(`
    create table "Child" (id integer primary key not null, parent integer, name text unique, b text,
      both text as (b || name));
    create table loose (a text primary key, b text);
    create table log (line text);
    ${more}`)
  file.engine.withhold(new Map(["Child", "loose", "log"].map((table) => [table, "not-copied"])))
  await file.startCapture()
  return file
}

it("promise 4: what is put into a table without a copy is kept, and still not told", async () => {
  const file = await withWithheld()
  await file.kysely
    .insertInto("Child")
    .values([{ id: 1, parent: null, name: "a", b: "c" }])
    .execute()
  await file.runAll(
    "insert into loose (a, b) values ('x', 'y'), ('z', null)",
    `insert into "Child" (id, name) values (2, 'b')`,
  )
  expect(told(await file.transactions())).toEqual([
    [["insert", "Child", null, [1n, null, "a", "c"]]],
    [
      ["insert", "loose", null, ["x", "y"]],
      ["insert", "loose", null, ["z", null]],
    ],
    [["insert", "Child", null, [2n, null, "b", null]]],
  ])
  for (const text of [
    `select * from "Child"`,
    `update "Child" set name = 'z'`,
    `delete from "Child"`,
    `insert into loose values ('x', 'y') on conflict do nothing`,
    `insert into loose select name, b from "Child"`,
    "insert or replace into loose values ('x', 'y')",
  ])
    await expect(file.run(text), text).rejects.toMatchObject({ code: "UNDERSTUDY_NO_COPY" })
  await expect(file.run("insert into loose values (null, 'y')")).rejects.toMatchObject({ code: "23502" })
  await expect(file.run("insert into log values ('x')")).rejects.toMatchObject({ code: "UNDERSTUDY_NO_KEY" })
})

it("promise 4: a trigger of the program's does not read past the refusal by a name like ours", async () => {
  const file = await withWithheld(`create table plain (id integer primary key, seen text);
    create trigger understudy_captured_child after insert on plain begin
      update plain set seen = (select name from "Child") where id = new.id; end`)
  await expect(file.run("insert into plain (id) values (1)")).rejects.toMatchObject({
    code: "UNDERSTUDY_NO_COPY",
  })
})

it("promise 4: what is withheld later, or no more, changes nothing in what is kept", async () => {
  const file = newFile()
  await file.make("create table t (id integer primary key, a text)")
  await file.startCapture()
  const insert = (id: number): Promise<unknown> =>
    file.kysely.insertInto("t").values({ id, a: "x" }).execute()
  await insert(1)
  file.engine.withhold(new Map([["t", "not-copied"]]))
  await insert(2)
  file.engine.withhold(new Map())
  await insert(3)
  expect(await file.transactions()).toHaveLength(3)
})
