import type { Draw } from "../../../packages/understudy/src/drill/draw.ts"
import { ACCOUNTS, COUNTERS, type Tables } from "../tables.ts"
import type { Writer } from "./writer.ts"

const NOTES = [
  "",
  "plain",
  "tab\tline\nback\\ quote\" comma, (paren) 'quote'",
  "\u2028 \u{1F3AD}",
  "\\N",
  "NULL",
]

function drawEntry(draw: Draw, source: string): Tables["entry"] {
  const moment =
    Date.UTC(draw.between(1, 9990), draw.between(0, 11), draw.between(1, 28)) + draw.between(0, 86_399_999)
  return {
    id: draw.uuid(),
    source,
    number: draw.between(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    amount: `${draw.chance(30) ? "-" : ""}${draw.between(0, 999_999_999)}.${draw.between(10, 99)}`,
    note: draw.chance(20) ? null : draw.pick(NOTES),
    flag: draw.chance(50),
    at: new Date(moment).toISOString(),
    extra: draw.chance(20) ? null : { a: draw.between(0, 99), "b c": [draw.pick(NOTES), null, 1.5] },
    digest: draw.chance(20) ? null : Buffer.from(draw.times(draw.between(0, 40), () => draw.between(0, 255))),
    ratio: draw.chance(20) ? null : draw.between(-1_000_000, 1_000_000) / draw.between(1, 1_000),
  }
}

/** Rows that are there for ever once they were acknowledged. */
const insertEntries: Writer = {
  name: "entries",
  weight: 120,
  async run(db, draw) {
    const rows = draw.times(draw.between(1, 5), () => drawEntry(draw, "plain"))
    await db.insertInto("entry").values(rows).execute()
    return { entries: rows.map(({ id }) => id) }
  },
}

/** Some of them change in what they hold. */
const updateEntries: Writer = {
  name: "changed entries",
  weight: 60,
  async run(db, draw) {
    const flag = draw.chance(50)
    const from = draw.uuid()
    await db
      .updateTable("entry")
      .set({ flag, note: draw.pick(NOTES), amount: `${draw.between(0, 99)}.50` })
      .where("id", "in", (eb) =>
        eb.selectFrom("entry").select("id").where("id", ">", from).orderBy("id").limit(draw.between(1, 5)),
      )
      .execute()
    return {}
  },
}

/** Kept and undone, in one transaction. */
const savepoints: Writer = {
  name: "savepoints",
  weight: 60,
  async run(_db, draw, { savepoint }) {
    const kept: string[] = []
    for (let left = draw.between(1, 4); left > 0; left -= 1) {
      const row = drawEntry(draw, "savepoint")
      const isKept = draw.chance(50)
      await savepoint(async (db) => {
        await db.insertInto("entry").values(row).execute()
        await db
          .updateTable("entry")
          .set({ flag: draw.chance(50) })
          .where("id", "=", row.id)
          .execute()
        if (isKept) kept.push(row.id)
        else throw new GivenUp()
      }).catch(ignoreGivenUp)
    }
    return { entries: kept }
  },
}

/** A counter, read and written back. */
const increment: Writer = {
  name: "counter",
  weight: 120,
  async run(db, draw) {
    const counter = draw.pick(COUNTERS)
    const { value } = await db
      .selectFrom("counter")
      .select("value")
      .where("name", "=", counter)
      .forUpdate()
      .executeTakeFirstOrThrow()
    await db
      .updateTable("counter")
      .set({ value: Number(value) + 1 })
      .where("name", "=", counter)
      .execute()
    return { counter }
  },
}

/** From one account to another: what they have together stays. */
const transfer: Writer = {
  name: "transfer",
  weight: 160,
  async run(db, draw) {
    const amount = draw.between(1, 50)
    const ids = draw.times(draw.between(2, 4), () => draw.between(1, ACCOUNTS))
    for (let place = 1; place < ids.length; place += 1) {
      for (const [id, change] of [
        [ids[place - 1], -amount],
        [ids[place], amount],
      ] as const)
        await db
          .updateTable("account")
          .set((eb) => ({ balance: eb("balance", "+", change) }))
          .where("id", "=", id as number)
          .execute()
    }
    return {}
  },
}

/** Counted by ON CONFLICT: one statement inserts some and updates others. */
const upsertWords: Writer = {
  name: "words",
  weight: 80,
  async run(db, draw) {
    const words = [...new Set(draw.times(draw.between(1, 6), () => `word ${draw.between(1, 60)}`))].toSorted()
    await db
      .insertInto("word")
      .values(words.map((word) => ({ word, count: 1 })))
      .onConflict((oc) => oc.column("word").doUpdateSet((eb) => ({ count: eb("word.count", "+", 1) })))
      .execute()
    return { words: words.length }
  },
}

/** Open while many others commit. */
const long: Writer = {
  name: "long",
  weight: 20,
  async run(db, draw, { othersCommitted }) {
    const entries: string[] = []
    for (const others of draw.times(draw.between(1, 3), () => draw.between(5, 60))) {
      const row = drawEntry(draw, "long")
      await db.insertInto("entry").values(row).execute()
      entries.push(row.id)
      await othersCommitted(others)
    }
    return { entries }
  },
}

/** Written and then given up. */
const rolledBack: Writer = {
  name: "given up",
  weight: 40,
  async run(db, draw) {
    await db.insertInto("entry").values(drawEntry(draw, "given up")).execute()
    await db.updateTable("account").set({ balance: 0 }).where("id", "=", draw.between(1, ACCOUNTS)).execute()
    throw new GivenUp()
  },
}

/** What is rolled back on purpose. */
class GivenUp extends Error {
  override readonly name = "GivenUp"
}

function ignoreGivenUp(error: unknown): void {
  if (!(error instanceof GivenUp)) throw error
}

export const KEYED: readonly Writer[] = [
  insertEntries,
  updateEntries,
  savepoints,
  increment,
  transfer,
  upsertWords,
  long,
  rolledBack,
]
