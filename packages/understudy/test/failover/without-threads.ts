import { openDatabase } from "understudy-db"

// Started where no thread may be made: waits until the mirror is given up, reads, says what it saw, and ends.
const db = openDatabase<{ account: { id: string } }>({
  migrations: {
    "0001": {
      up: (migrated) =>
        migrated.schema
          .createTable("account")
          .addColumn("id", "text", (column) => column.primaryKey())
          .execute(),
    },
  },
})
await db.ready()
while (db.status().mirror?.reason === null) await new Promise((resolve) => setTimeout(resolve, 20))
await db.kysely.insertInto("account").values({ id: "a" }).execute()
const rows = await db.kysely.selectFrom("account").selectAll().execute()
const { state, mirror } = db.status()
await db.close()
console.log(JSON.stringify({ state, mirror: mirror?.state, reason: mirror?.reason, rows }))
