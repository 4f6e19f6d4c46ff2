import { sql } from "kysely"
import type { Writer } from "./writer.ts"

/** Writers that take a whole table for themselves wait no longer than this for it. */
const impatient = sql`set local lock_timeout = '500ms'`

/** Emptied and filled anew in one transaction, with what refers to it: always of one batch, and as many as it says. */
const refill: Writer = {
  name: "refill",
  weight: 40,
  async run(db, draw) {
    const batch = draw.uuid()
    const size = draw.between(1, 30)
    await impatient.execute(db)
    await (draw.chance(50) ? sql`truncate basin cascade` : sql`truncate droplet, basin`).execute(db)
    if (draw.chance(20)) {
      // What is emptied twice holds only what came after.
      await db.insertInto("basin").values({ id: 1, batch: draw.uuid(), size: 1 }).execute()
      await sql`truncate basin cascade`.execute(db)
    }
    const basins = draw.times(size, (index) => ({ id: index + 1, batch, size }))
    await db.insertInto("basin").values(basins).execute()
    const droplets = draw.times(size, (index) => ({ id: draw.uuid(), basin: index + 1, batch }))
    await db.insertInto("droplet").values(droplets).execute()
    return {}
  },
}

const BULK_ROWS = 20_000

/** Very many rows by one statement, on place of those of before. */
const bulkInsert: Writer = {
  name: "bulk",
  weight: 4,
  async run(db, draw) {
    const batch = draw.uuid()
    await impatient.execute(db)
    if (draw.chance(60)) await (draw.chance(50) ? sql`delete from bulk` : sql`truncate bulk`).execute(db)
    await sql`insert into bulk select md5(${batch}::text || g)::uuid, ${batch}::uuid, ${sql.lit(BULK_ROWS)}, g, 'row ' || g
      from generate_series(1, ${sql.lit(BULK_ROWS)}) g`.execute(db)
    return {}
  },
}

/** Very many rows are changed, or lose their keys to others. */
const bulkUpdate: Writer = {
  name: "bulk update",
  weight: 4,
  async run(db, draw) {
    await impatient.execute(db)
    await (
      draw.chance(50)
        ? sql`update bulk set payload = payload || '.' where place % 3 = ${draw.between(0, 2)}`
        : sql`update bulk set id = md5(id::text)::uuid where place % 10 = ${draw.between(0, 9)}`
    ).execute(db)
    return {}
  },
}

/** Columns that the program does not know. */
export const EXTRA_COLUMNS: readonly string[] = ["extra_one", "extra_two"]

/** A column that the program does not know comes, or goes. */
const addedColumn: Writer = {
  name: "added column",
  weight: 2,
  isBehindOnly: true,
  async run(db, draw) {
    const table = sql.table(draw.pick(["entry", "account", "child", "bulk", "reading"]))
    const column = sql.ref(draw.pick(EXTRA_COLUMNS))
    await impatient.execute(db)
    await (
      draw.chance(60)
        ? sql`alter table ${table} add column if not exists ${column} int default 3`
        : sql`alter table ${table} drop column if exists ${column}`
    ).execute(db)
    return {}
  },
}

export const WHOLE_TABLES: readonly Writer[] = [refill, bulkInsert, bulkUpdate, addedColumn]
