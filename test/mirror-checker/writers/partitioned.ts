import { sql, type Kysely } from "kysely"
import { REGIONS, type Tables } from "../tables.ts"
import { EXTRA_COLUMNS } from "./whole-tables.ts"
import type { Writer } from "./writer.ts"

/** By the table's own name: the primary finds the partition. */
const readings: Writer = {
  name: "readings",
  weight: 60,
  async run(db, draw) {
    const rows = draw.times(draw.between(1, 4), () => ({
      region: draw.pick(REGIONS),
      id: draw.uuid(),
      value: draw.between(0, 1_000),
    }))
    await db.insertInto("reading").values(rows).execute()
    return {}
  },
}

/** From one partition to another: its key changes. */
const movedReadings: Writer = {
  name: "moved readings",
  weight: 60,
  async run(db, draw) {
    await db
      .updateTable("reading")
      .set({ region: draw.pick(REGIONS) })
      .where("region", "=", draw.pick(REGIONS))
      .where("id", ">", draw.uuid())
      .execute()
    return {}
  },
}

/** Straight into a partition, and out of it. */
const straight: Writer = {
  name: "straight readings",
  weight: 60,
  isBehindOnly: true,
  async run(db, draw) {
    const region = draw.pick(REGIONS)
    const partition = sql.table(`reading_${region}`)
    const id = draw.uuid()
    await sql`insert into ${partition} (region, id, value) values (${region}, ${id}, ${draw.between(0, 99)})`.execute(
      db,
    )
    if (draw.chance(30))
      await sql`update ${partition} set value = value + 1 where id > ${draw.uuid()}`.execute(db)
    if (draw.chance(20)) await sql`delete from ${partition} where id > ${draw.uuid()}`.execute(db)
    if (draw.chance(5)) await sql`truncate ${partition}`.execute(db)
    return {}
  },
}

/** A partition leaves, is written to by itself, and comes back: by one transaction, or by several. */
const detached: Writer = {
  name: "detached",
  weight: 3,
  isBehindOnly: true,
  async run(db, draw) {
    await sql`set local lock_timeout = '500ms'`.execute(db)
    const there = await sql<{ there: boolean }>`
      select relispartition as there from pg_class where oid = 'reading_south'::regclass`.execute(db)
    const write = (): Promise<unknown> =>
      sql`insert into reading_south (region, id, value) values ('south', ${draw.uuid()}, 7)`.execute(db)
    if (there.rows[0]?.there === true) {
      await sql`alter table reading detach partition reading_south`.execute(db)
      await write()
      if (draw.chance(50)) return {}
    }
    await write()
    await alignColumns(db)
    await sql`alter table reading attach partition reading_south for values in ('south')`.execute(db)
    return {}
  },
}

/** Only a table with the same columns can be a partition; in another order than the table's, it would have no copy. */
async function alignColumns(db: Kysely<Tables>): Promise<void> {
  const known = await sql<{ name: string }>`
    select attname as name from pg_attribute
    where attrelid = 'reading'::regclass and attnum > 0 and not attisdropped order by attnum`.execute(db)
  for (const name of EXTRA_COLUMNS)
    await sql`alter table reading_south drop column if exists ${sql.ref(name)}`.execute(db)
  for (const { name } of known.rows)
    if (EXTRA_COLUMNS.includes(name))
      await sql`alter table reading_south add column ${sql.ref(name)} int default 3`.execute(db)
}

/** Into a partition that is none at the moment: the table does not have these rows. */
const aside: Writer = {
  name: "aside",
  weight: 10,
  isBehindOnly: true,
  async run(db, draw) {
    await sql`insert into reading_south (region, id, value) values ('south', ${draw.uuid()}, 8)`.execute(db)
    return {}
  },
}

export const PARTITIONED: readonly Writer[] = [readings, movedReadings, straight, detached, aside]
