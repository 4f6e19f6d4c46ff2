import { sql, type Kysely } from "kysely"
import { describe, expect, it, onTestFinished } from "vitest"
import { migrate } from "../../src/migrate/migrate.ts"
import { OPENERS } from "../support/engines.ts"

type Tables = Record<string, Record<string, unknown>>
// Kysely's own type of what a migration is given.
// oxlint-disable-next-line typescript/no-explicit-any
type Db = Kysely<any>

const first = {
  up: async (db: Db) => {
    await db.schema
      .createTable("item")
      .addColumn("id", "serial", (c) => c.primaryKey())
      .addColumn("name", "text", (c) => c.notNull().unique())
      .addColumn("amount", "integer", (c) => c.check(sql`amount >= 0`))
      .execute()
    await db.schema
      .createTable("part")
      .addColumn("id", "integer", (c) => c.primaryKey())
      .addColumn("item", "integer", (c) => c.references("item.id").onDelete("cascade"))
      .execute()
    await db.schema.createIndex("item_amount").unique().on("item").column("amount").execute()
    await db.schema
      .createView("names")
      .as(db.selectFrom("item").select(["id", "name"]))
      .execute()
    await db
      .insertInto("item")
      .values([
        { name: "a", amount: 1 },
        { name: "b", amount: 2 },
      ])
      .execute()
    await db.insertInto("part").values({ id: 1, item: 1 }).execute()
  },
}

const CHANGES: Readonly<Record<string, (db: Db) => Promise<unknown>>> = {
  "add column": (db) => db.schema.alterTable("item").addColumn("more", "text").execute(),
  "add column with a default": (db) =>
    db.schema
      .alterTable("item")
      .addColumn("more", "text", (c) => c.notNull().defaultTo("x"))
      .execute(),
  "drop column": (db) => db.schema.alterTable("item").dropColumn("amount").execute(),
  "rename column": (db) => db.schema.alterTable("item").renameColumn("amount", "count").execute(),
  "rename table": (db) => db.schema.alterTable("item").renameTo("thing").execute(),
  "set not null": (db) =>
    db.schema
      .alterTable("item")
      .alterColumn("amount", (c) => c.setNotNull())
      .execute(),
  "drop not null": (db) =>
    db.schema
      .alterTable("item")
      .alterColumn("name", (c) => c.dropNotNull())
      .execute(),
  "set default": (db) =>
    db.schema
      .alterTable("item")
      .alterColumn("amount", (c) => c.setDefault(9))
      .execute(),
  "alter type": (db) =>
    db.schema
      .alterTable("item")
      .alterColumn("amount", (c) => c.setDataType("bigint"))
      .execute(),
  "add constraint": (db) =>
    db.schema.alterTable("item").addUniqueConstraint("both", ["name", "amount"]).execute(),
  "drop constraint": (db) => db.schema.alterTable("item").dropConstraint("item_name_key").execute(),
  "drop index": (db) => db.schema.dropIndex("item_amount").execute(),
  "replace view": (db) =>
    db.schema
      .createView("names")
      .orReplace()
      .as(db.selectFrom("item").select(["id", "name"]).where("id", ">", 1))
      .execute(),
  "drop table": (db) => db.schema.dropTable("item").cascade().execute(),
}

describe.each(["sqlite", "postgresql"] as const)("a failed migration on %s (promise 4)", (dialect) => {
  it.each(Object.entries(CHANGES))("leaves nothing of: %s", async (_name, change) => {
    const test = await OPENERS[dialect]<Tables>()
    onTestFinished(() => test[Symbol.asyncDispose]())
    const db = test.sessions.kysely
    await migrate(test.engine, { "001": first })
    const state = async (): Promise<unknown> => ({
      tables: await db.introspection.getTables(),
      items: await db.selectFrom("item").selectAll().orderBy("id").execute(),
      parts: await db.selectFrom("part").selectAll().execute(),
      names: await db.selectFrom("names").selectAll().orderBy("id").execute(),
    })
    const before = await state()
    const failing = {
      up: async (inside: Db) => {
        await change(inside)
        await inside.insertInto("part").values({ id: 2, item: 2 }).execute()
        throw new Error("on purpose")
      },
    }
    await expect(migrate(test.engine, { "001": first, "002": failing })).rejects.toMatchObject({
      code: "UNDERSTUDY_MIGRATION_FAILED",
    })
    expect(await state()).toEqual(before)
    await expect(
      db.insertInto("item").values({ id: 9, name: "a", amount: 9 }).execute(),
    ).rejects.toMatchObject({ code: "23505", constraint: "item_name_key" })
    await expect(
      db.insertInto("item").values({ id: 9, name: "c", amount: 2 }).execute(),
    ).rejects.toMatchObject({ code: "23505", constraint: "item_amount" })
    await db.deleteFrom("item").where("id", "=", 1).execute()
    expect(await db.selectFrom("part").selectAll().execute()).toEqual([])
  })
})
