import { sql } from "kysely"
import type { DdlCase, DdlRun } from "./ddl-outcome.ts"

type Db = DdlRun["db"]

async function withTable(db: Db, name = "t"): Promise<void> {
  await db.schema
    .createTable(name)
    .addColumn("id", "serial", (c) => c.primaryKey())
    .addColumn("a", "integer", (c) => c.unique().check(sql`a > 0`))
    .execute()
}

const insert =
  (db: Db, ...values: (number | null)[]) =>
  () =>
    db
      .insertInto("t")
      .values(values.map((a) => ({ a })))
      .returning(["id", "a"])
      .execute()

/** Runs in a transaction that is rolled back. */
const undone = async (db: Db, run: (trx: Db) => Promise<unknown>): Promise<void> => {
  const undo = new Error("undo")
  await db
    .transaction()
    .execute(async (trx) => {
      await run(trx)
      throw undo
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error
    })
}

const onTable = (name: string, run: (run: DdlRun) => Promise<void>): DdlCase => ({
  name,
  run: async (each) => {
    await withTable(each.db)
    await run(each)
    await each.note(insert(each.db, 1001))
    await each.note(insert(each.db, 1002))
  },
})

export const SEQUENCE_CASES: readonly DdlCase[] = [
  onTable("a transaction that is rolled back", async ({ db, note }) => {
    await note(insert(db, 1))
    await undone(db, (trx) => insert(trx, 2, 3)())
    await note(insert(db, 2))
    await undone(db, (trx) => insert(trx, 4)())
    await undone(db, (trx) => insert(trx, 4)())
  }),
  onTable("the very first draw is rolled back", async ({ db }) => {
    await undone(db, (trx) => insert(trx, 1)())
  }),
  onTable("a statement that fails", async ({ db, note }) => {
    await note(insert(db, 1))
    await note(insert(db, 1))
    await note(insert(db, 2, -1))
    await note(insert(db, 2, 3, 2))
  }),
  onTable("a savepoint that is rolled back", async ({ db, note }) => {
    const trx = await db.startTransaction().execute()
    await note(insert(trx as never, 2))
    const saved = await trx.savepoint("one").execute()
    await note(insert(saved as never, 3))
    await saved.rollbackToSavepoint("one").execute()
    await note(insert(trx as never, 3))
    await trx.commit().execute()
  }),
  onTable("a conflict of which nothing comes", async ({ db, note }) => {
    await note(insert(db, 1))
    await note(() =>
      db
        .insertInto("t")
        .values({ a: 1 })
        .onConflict((c) => c.doNothing())
        .execute(),
    )
    await note(() =>
      db
        .insertInto("t")
        .values([{ a: 1 }, { a: 2 }])
        .onConflict((c) => c.column("a").doUpdateSet({ a: 3 }))
        .returning("id")
        .execute(),
    )
  }),
  onTable("an id that is given does not count", async ({ db, note }) => {
    await note(() => db.insertInto("t").values({ id: 3, a: 1 }).execute())
    await note(insert(db, 2))
    await note(insert(db, 3))
    await note(insert(db, 4))
    await note(insert(db, 4))
  }),
  onTable("a table dropped and made again counts from one", async ({ db, note }) => {
    await note(insert(db, 1, 2))
    await undone(db, (trx) => insert(trx, 4)())
    await db.schema.dropTable("t").execute()
    await withTable(db)
    await note(insert(db, 1))
  }),
  onTable("a drop that is rolled back", async ({ db, note }) => {
    await note(insert(db, 1, 2))
    await undone(db, async (trx) => {
      await insert(trx, 3)()
      await trx.schema.dropTable("t").execute()
      await withTable(trx)
      await insert(trx, 1)()
    })
    await note(insert(db, 4))
  }),
  onTable("a creation that is rolled back", async ({ db, note }) => {
    await db.schema.dropTable("t").execute()
    await undone(db, async (trx) => {
      await withTable(trx)
      await insert(trx, 1, 2)()
    })
    await withTable(db)
    await note(insert(db, 1))
  }),
  onTable("renaming the table and the column", async ({ db, note }) => {
    await note(insert(db, 1))
    await undone(db, (trx) => insert(trx, 2)())
    await db.schema.alterTable("t").renameTo("u").execute()
    await withTable(db)
    await note(insert(db, 1))
    await note(() => db.insertInto("u").values({ a: 2 }).returning("id").execute())
    await undone(db, (trx) => trx.schema.alterTable("u").renameColumn("id", "key").execute())
    await note(() => db.insertInto("u").values({ a: 3 }).returning("id").execute())
  }),
  onTable("a rebuilt table counts on", async ({ db, note }) => {
    await note(insert(db, 1))
    await undone(db, (trx) => insert(trx, 2)())
    await db.schema
      .alterTable("t")
      .alterColumn("a", (c) => c.setDataType("bigint"))
      .execute()
    await note(insert(db, 2))
  }),
]
