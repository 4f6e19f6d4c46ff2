import { sql } from "kysely"
import { SEATS } from "../tables.ts"
import type { Writer } from "./writer.ts"

const PARENTS = 40

/** A parent with its children, in one transaction. */
const family: Writer = {
  name: "family",
  weight: 80,
  async run(db, draw) {
    const id = draw.between(1, PARENTS)
    await db
      .insertInto("parent")
      .values({ id, name: draw.uuid() })
      .onConflict((oc) => oc.column("id").doUpdateSet({ name: draw.uuid() }))
      .execute()
    const children = draw.times(draw.between(1, 4), () => ({ id: draw.uuid(), parent: id }))
    await db.insertInto("child").values(children).execute()
    return {}
  },
}

/** The children go with it. */
const orphans: Writer = {
  name: "deleted parent",
  weight: 60,
  async run(db, draw) {
    const id = draw.between(1, PARENTS)
    await db.deleteFrom("parent").where("id", "=", id).execute()
    // Made again at once: the same key was there before, and is there after.
    if (draw.chance(40)) await db.insertInto("parent").values({ id, name: draw.uuid() }).execute()
    return {}
  },
}

/** The children follow it; sometimes it comes back within the transaction. */
const movedParent: Writer = {
  name: "parent's key",
  weight: 40,
  async run(db, draw) {
    const id = draw.between(1, PARENTS)
    const other = PARENTS + draw.between(1, 20)
    await db.deleteFrom("parent").where("id", "=", other).execute()
    await db.updateTable("parent").set({ id: other }).where("id", "=", id).execute()
    if (draw.chance(50)) await db.updateTable("parent").set({ id }).where("id", "=", other).execute()
    return {}
  },
}

/** Both halves are there, or neither. */
const halves: Writer = {
  name: "halves",
  weight: 80,
  async run(db, draw) {
    const rows = draw.times(draw.between(1, 3), () => ({ id: draw.uuid(), number: draw.between(0, 9) }))
    await db.insertInto("left_half").values(rows).execute()
    await db.insertInto("right_half").values(rows).execute()
    return {}
  },
}

const deletedHalves: Writer = {
  name: "deleted halves",
  weight: 40,
  async run(db, draw) {
    const right = await db
      .deleteFrom("right_half")
      .where("number", "=", draw.between(0, 9))
      .where("id", ">", draw.uuid())
      .returning("id")
      .execute()
    const ids = right.map(({ id }) => id)
    // By their ids: others may have written more halves of that number meanwhile.
    if (ids.length > 0) await db.deleteFrom("left_half").where("id", "in", ids).execute()
    return {}
  },
}

/** Two holders change seats: a unique constraint minds the order. */
const swap: Writer = {
  name: "swap",
  weight: 60,
  async run(db, draw) {
    const [one, other] = draw.some([...Array(SEATS).keys()], 2, 2).map((seat) => seat + 1)
    const seats = await db
      .selectFrom("seat")
      .selectAll()
      .where("id", "in", [one ?? 1, other ?? 2])
      .orderBy("id")
      .forUpdate()
      .execute()
    const [first, second] = seats
    if (first === undefined || second === undefined) return {}
    const sit = (id: number, holder: string): Promise<unknown> =>
      db.updateTable("seat").set({ holder }).where("id", "=", id).execute()
    await sit(first.id, `between ${first.id}`)
    await sit(second.id, first.holder)
    await sit(first.id, second.holder)
    return {}
  },
}

/** Every seat's key changes in one statement, and back: keys go from row to row. */
const shiftedSeats: Writer = {
  name: "shifted seats",
  weight: 20,
  async run(db, draw) {
    const by = draw.between(1, SEATS)
    await sql`update seat set id = id + 1000`.execute(db)
    await sql`update seat set id = 1 + (id - 1000 + ${by}) % ${sql.lit(SEATS)} where id > 1000`.execute(db)
    return {}
  },
}

export const RELATED: readonly Writer[] = [
  family,
  orphans,
  movedParent,
  halves,
  deletedHalves,
  swap,
  shiftedSeats,
]
