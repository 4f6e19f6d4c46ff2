import { sql } from "kysely"
import type { DdlCase, DdlRun } from "./ddl-outcome.ts"

type Db = DdlRun["db"]

async function withTable(db: Db): Promise<void> {
  await db.schema
    .createTable("t")
    .addColumn("id", "bigint", (c) => c.generatedAlwaysAsIdentity().primaryKey())
    .addColumn("a", "integer", (c) => c.unique().defaultTo(9))
    .addColumn("twice", "integer", (c) => c.generatedAlwaysAs(sql`a * 2`).stored())
    .execute()
}

const insert = (db: Db, rows: Record<string, unknown> | Record<string, unknown>[]) => () =>
  db.insertInto("t").values(rows).returningAll().execute()
const rows = (db: Db) => () => db.selectFrom("t").selectAll().orderBy("id").execute()
const DEFAULT = sql`default`

const onTable = (name: string, run: (run: DdlRun) => Promise<void>): DdlCase => ({
  name,
  run: async (each) => {
    await withTable(each.db)
    await run(each)
    await each.note(rows(each.db))
  },
})

/** The refusals that must outlive a change of the table. */
async function stillRefused({ db, note }: DdlRun): Promise<void> {
  await note(insert(db, { id: 7, a: 1 }))
  await note(insert(db, { a: 3 }))
  await note(() => db.updateTable("t").set({ id: 8 }).execute())
}

export const GENERATED_CASES: readonly DdlCase[] = [
  onTable("insert a value for an identity column", async ({ db, note }) => {
    await note(insert(db, { id: 5, a: 1 }))
    await note(insert(db, [{ a: 1 }, { id: 5, a: 2 }]))
    await note(insert(db, { id: null, a: 2 }))
    await note(insert(db, { id: DEFAULT, a: 2 }))
    await note(insert(db, [{ id: DEFAULT, a: 3 }, { a: 4 }]))
  }),
  onTable("insert a value for a generated column", async ({ db, note }) => {
    await note(insert(db, { a: 1, twice: 2 }))
    await note(insert(db, [{ a: 1 }, { a: 2, twice: 4 }]))
    await note(insert(db, { a: 1, twice: DEFAULT }))
    await note(insert(db, [{ a: 2, twice: DEFAULT }, { a: 3 }]))
    await note(insert(db, { twice: DEFAULT }))
  }),
  onTable("insert from a select", async ({ db, note }) => {
    const select = db.selectNoFrom([sql<number>`1`.as("x"), sql<number>`2`.as("y")])
    await note(() => db.insertInto("t").columns(["id", "a"]).expression(select).execute())
    await note(() => db.insertInto("t").columns(["a", "twice"]).expression(select).execute())
    await note(() =>
      db
        .insertInto("t")
        .columns(["id", "a"])
        .expression(db.selectFrom("t").select(["id", "a"]).where("a", "<", 0))
        .execute(),
    )
    await note(() =>
      db
        .insertInto("t")
        .columns(["a"])
        .expression(db.selectNoFrom(sql<number>`7`.as("x")))
        .execute(),
    )
  }),
  onTable("update an identity or generated column", async ({ db, note }) => {
    await note(() => db.updateTable("t").set({ id: 5 }).execute())
    await note(insert(db, [{ a: 1 }, { a: 2 }]))
    await note(() => db.updateTable("t").set({ id: 5 }).where("a", "=", 1).execute())
    await note(() => db.updateTable("t").set({ twice: 5 }).execute())
    await note(() =>
      db
        .updateTable("t")
        .set((eb) => ({ id: eb.ref("a") }))
        .execute(),
    )
    await note(() =>
      db
        .updateTable("t as x")
        .set({ "x.id": 5 } as never)
        .where("x.a", "=", 1)
        .execute(),
    )
    await note(() => db.updateTable("t").set({ id: DEFAULT }).where("a", "=", 2).returningAll().execute())
    await note(() =>
      db.updateTable("t").set({ a: 5, twice: DEFAULT }).where("a", "=", 1).returningAll().execute(),
    )
    await note(() => db.updateTable("t").set({ twice: DEFAULT }).where("a", "=", 5).returning("a").execute())
    await note(() => db.updateTable("t").set({ a: DEFAULT }).where("a", "=", 5).returningAll().execute())
  }),
  onTable("an upsert that updates an identity or generated column", async ({ db, note }) => {
    await note(insert(db, { a: 1 }))
    for (const set of [{ id: 5 }, { twice: 5 }, { a: 8, id: DEFAULT }, { a: 9, twice: DEFAULT }]) {
      await note(() =>
        db
          .insertInto("t")
          .values({ a: 1 })
          .onConflict((c) => c.column("a").doUpdateSet(set))
          .returningAll()
          .execute(),
      )
    }
    await note(() =>
      db
        .insertInto("t")
        .values({ a: 1 })
        .onConflict((c) => c.column("a").doUpdateSet((eb) => ({ id: eb.ref("excluded.id") })))
        .execute(),
    )
  }),
  {
    name: "by default, a value may be given",
    run: async ({ db, note }) => {
      await db.schema
        .createTable("t")
        .addColumn("id", "bigint", (c) => c.generatedByDefaultAsIdentity().primaryKey())
        .addColumn("a", "integer")
        .execute()
      await note(insert(db, [{ id: 5, a: 1 }, { a: 2 }]))
      await note(() => db.updateTable("t").set({ id: 8 }).where("a", "=", 1).execute())
      await note(() => db.updateTable("t").set({ id: DEFAULT }).where("a", "=", 1).execute())
      await note(rows(db))
    },
  },
  onTable("the rule outlives changes of the table", async (run) => {
    const { db, note } = run
    await note(insert(db, { a: 1 }))
    await note(() =>
      db.schema
        .alterTable("t")
        .addColumn("b", "text", (c) => c.notNull().defaultTo("x"))
        .execute(),
    )
    await stillRefused(run)
    await note(() => db.schema.alterTable("t").renameColumn("id", "key").execute())
    await note(insert(db, { key: 7, a: 5 }))
    await note(() => db.schema.alterTable("t").renameColumn("key", "id").execute())
    await note(() => db.schema.alterTable("t").renameTo("u").execute())
    await note(() => db.insertInto("u").values({ id: 7, a: 5 }).execute())
    await note(() => db.insertInto("u").values({ a: 5 }).returningAll().execute())
    await note(() => db.schema.alterTable("u").renameTo("t").execute())
    await note(() =>
      db.schema
        .alterTable("t")
        .alterColumn("b", (c) => c.setDataType("varchar(5)"))
        .execute(),
    )
    await note(insert(db, { id: 7, a: 6 }))
    await note(() => db.updateTable("t").set({ id: 8 }).execute())
  }),
  onTable("defaults and NOT NULL of such columns stay", async (run) => {
    const { db, note } = run
    for (const column of ["id", "twice"]) {
      await note(() =>
        db.schema
          .alterTable("t")
          .alterColumn(column, (c) => c.setDefault(5))
          .execute(),
      )
      await note(() =>
        db.schema
          .alterTable("t")
          .alterColumn(column, (c) => c.dropDefault())
          .execute(),
      )
    }
    await note(() => db.schema.alterTable("t").dropConstraint("t_pkey").execute())
    await note(() =>
      db.schema
        .alterTable("t")
        .alterColumn("id", (c) => c.dropNotNull())
        .execute(),
    )
    await stillRefused(run)
  }),
  onTable("an identity column that is added", async ({ db, note }) => {
    await note(() =>
      db.schema
        .alterTable("t")
        .addColumn("n", "integer", (c) => c.generatedAlwaysAsIdentity())
        .execute(),
    )
    await note(insert(db, { a: 1, n: 5 }))
    await note(insert(db, { a: 1 }))
  }),
  ...(["always", "by default"] as const).map((kind): DdlCase => ({
    name: `the default of an identity column that is generated ${kind}`,
    run: async ({ db, note }) => {
      await db.schema
        .createTable("t")
        .addColumn("id", "integer", (c) =>
          kind === "always" ? c.generatedAlwaysAsIdentity().primaryKey() : c.generatedByDefaultAsIdentity(),
        )
        .addColumn("drawn", "serial")
        .execute()
      for (const column of ["id", "drawn"]) {
        const table = db.schema.alterTable("t")
        await note(() => table.alterColumn(column, (c) => c.dropNotNull()).execute())
        await note(() => table.alterColumn(column, (c) => c.setDefault(5)).execute())
        await note(() => db.insertInto("t").defaultValues().returningAll().execute())
        await note(() => table.alterColumn(column, (c) => c.dropDefault()).execute())
        await note(() => db.insertInto("t").defaultValues().returningAll().execute())
      }
      // A sequence without a default still makes the column one that draws, to who looks at PostgreSQL's tables.
      await db.schema.alterTable("t").dropColumn("drawn").execute()
      await note(() => db.schema.alterTable("t").renameColumn("id", "key").execute())
      await note(() =>
        db.schema
          .alterTable("t")
          .alterColumn("key", (c) => c.dropDefault())
          .execute(),
      )
    },
  })),
]
