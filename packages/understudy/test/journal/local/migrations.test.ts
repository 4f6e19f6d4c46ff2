import { type Kysely, sql } from "kysely"
import { expect, it, onTestFinished } from "vitest"
import { stopCapture } from "../../../src/journal/local/capture.ts"
import { readOrigins } from "../../../src/journal/local/origins.ts"
import { migrate, type Migrations } from "../../../src/migrate/migrate.ts"
import { CapturedFile, newFile, told } from "./captured-file.ts"

const made: Migrations = {
  "001-make": {
    up: (db: Kysely<unknown>) =>
      db.schema
        .createTable("notes")
        .addColumn("id", "integer", (column) => column.primaryKey())
        .addColumn("title", "text")
        .addColumn("old", "text")
        .execute(),
  },
}

const changed: Migrations = {
  ...made,
  "002-add": {
    async up(db: Kysely<Record<string, Record<string, unknown>>>) {
      await db.schema.alterTable("notes").addColumn("added", "integer").execute()
      await db.updateTable("notes").set({ added: 1 }).execute()
    },
  },
  "003-rename": {
    up: (db: Kysely<unknown>) => db.schema.alterTable("notes").renameColumn("title", "name").execute(),
  },
  "004-drop": { up: (db: Kysely<unknown>) => db.schema.alterTable("notes").dropColumn("old").execute() },
}

/** As after a process that was killed: what it left in the file is there, and nobody knows its count. */
async function reopen(file: CapturedFile): Promise<CapturedFile> {
  await file.close()
  const again = new CapturedFile(file.file)
  onTestFinished(() => again.close())
  return again
}

it("promise 4: migrations stand in the journal between what was written before and after", async () => {
  const file = newFile()
  await migrate(file.engine, made)
  await file.startCapture("mark")
  await file.run("insert into notes values (1, 'before', 'o')")

  const again = await reopen(file)
  await expect(again.run("insert into notes values (2, 'x', 'y')")).rejects.toMatchObject({
    code: "UNDERSTUDY_READ_ONLY",
    applied: "no",
  })
  await again.on((database) => stopCapture(database))
  await migrate(again.engine, changed)
  await again.startCapture("mark")
  await again.run("insert into notes values (2, 'after', 7)")

  const all = await again.transactions()
  expect(told(all)).toEqual([
    [["insert", "notes", null, [1n, "before", "o"]]],
    [["migration", "002-add"]],
    [["migration", "003-rename"]],
    [["migration", "004-drop"]],
    [["insert", "notes", null, [2n, "after", 7n]]],
  ])
  const units = all.map(({ unit }) => unit)
  expect(units).toEqual(units.toSorted((a, b) => Number(a - b)))
  expect(new Set(units).size).toBe(5)
  const shapes = all.flatMap(({ changes }) =>
    changes.flatMap((change) =>
      change.operation === "migration" ? [] : [change.shape.columns.map(({ name }) => name)],
    ),
  )
  expect(shapes).toEqual([
    ["id", "title", "old"],
    ["id", "name", "added"],
  ])
  const origins = await again.on(readOrigins)
  expect(origins).toHaveLength(5)
  for (const { origin, primaryMark } of origins) {
    expect(origin).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
    expect(primaryMark).toBe("mark")
  }
})

it("promise 4: a migration that fails is not in the journal", async () => {
  const file = newFile()
  await migrate(file.engine, made)
  await file.startCapture()
  await file.run("insert into notes values (1, 'before', 'o')")
  await file.on((database) => stopCapture(database))
  const failing = { ...changed, "005-fail": { up: () => Promise.reject(new Error("on purpose")) } }
  await expect(migrate(file.engine, failing)).rejects.toThrow("on purpose")
  expect(await file.transactions()).toHaveLength(1)
})

it("promise 4: where nothing is pending, a migration is not kept", async () => {
  const file = newFile()
  await migrate(file.engine, made)
  const { id } = await file.startCapture()
  await file.run("insert into notes values (1, 'before', 'o')")
  await file.on((database) => stopCapture(database, { returned: [id] }))
  await migrate(file.engine, changed)
  expect(await file.transactions()).toHaveLength(1)
})

it("promise 4: while the fallback takes writes its schema stays as it is", async () => {
  const file = newFile()
  await migrate(file.engine, made)
  await file.startCapture()
  const refused = { code: "UNDERSTUDY_READ_ONLY", applied: "no" }
  await expect(file.kysely.schema.createTable("more").addColumn("a", "text").execute()).rejects.toMatchObject(
    refused,
  )
  for (const text of ["create index i on notes (title)", "/* why */ create view v as select 1"])
    await expect(file.run(text)).rejects.toMatchObject(refused)
  await file.run("-- create nothing\ninsert into notes values (1, 'create', 'o')")
  await expect(migrate(file.engine, changed)).rejects.toMatchObject({ code: "UNDERSTUDY_MIGRATION_FAILED" })
  const onlyRows = {
    ...made,
    "002-rows": { up: (db: Kysely<unknown>) => sql`select 1`.execute(db).then(() => {}) },
  }
  await expect(migrate(file.engine, onlyRows)).rejects.toThrow("migrations run before that")
  await file.on((database) => stopCapture(database))
  expect((await migrate(file.engine, changed)).applied).toHaveLength(3)
})
