import type { DatabaseSync } from "node:sqlite"
import { COUNTERS, SEATS, WEALTH } from "./tables.ts"

/** What must hold in every moment that the copy shows, since each transaction of the writers keeps it. Gives breaches. */
const QUERIES: readonly (readonly [what: string, query: string])[] = [
  [
    "the accounts do not have together what they must",
    `select sum(balance) as is_there from account having count(*) > 0 and sum(balance) <> ${WEALTH}`,
  ],
  ["a child has no parent", "select id from child where parent not in (select id from parent)"],
  [
    "one half is there without the other",
    `select coalesce(l.id, r.id) as id from left_half l full join right_half r on l.id = r.id and l.number = r.number
      where l.id is null or r.id is null`,
  ],
  [
    "a seat is empty, or taken by nobody who sits",
    `select count(*) as is_there from seat having count(*) > 0 and (count(*) <> ${SEATS}
      or min(id) <> 1 or max(id) <> ${SEATS} or sum(holder like 'holder %') <> ${SEATS})`,
  ],
  [
    "the basins are of several batches, or not all of one",
    `select count(*) as is_there from basin having count(*) > 0 and (count(distinct batch) <> 1 or count(*) <> max(size))`,
  ],
  [
    "the droplets are not those of the basins",
    `select (select count(*) from droplet) as is_there where (select count(*) from droplet) <> (select count(*) from basin)
      or exists (select 1 from droplet d left join basin b on b.id = d.basin and b.batch = d.batch where b.id is null)`,
  ],
  ["a reading is in two regions", "select id from reading group by id having count(*) > 1"],
  ["what was given up is there", "select id from entry where source = 'given up'"],
]

/** Expensive, where there are many rows. */
const BULK: readonly [what: string, query: string] = [
  "a bulk is there in part",
  "select batch, count(*) as is_there from bulk group by batch having count(*) <> max(size) or count(distinct place) <> max(size)",
]

/** Looks at a copy again and again, and knows what it has seen. */
export class Invariants {
  readonly #database: DatabaseSync
  readonly #seen = new Map<string, number>()
  #rounds = 0

  /** The connection reads; it is whoever's calls. */
  constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** One look, in one read transaction. Gives what does not hold. */
  look(): string[] {
    this.#rounds += 1
    this.#database.exec("begin")
    try {
      const queries = this.#rounds % 8 === 0 ? [...QUERIES, BULK] : QUERIES
      const broken = queries.flatMap(([what, query]) => {
        const row = this.#database.prepare(query).get()
        return row === undefined ? [] : [`${what}: ${JSON.stringify(row)}`]
      })
      return [...broken, ...this.#backwards()]
    } finally {
      this.#database.exec("rollback")
    }
  }

  /** Counters only grow, and a table that was filled once is never seen empty. */
  #backwards(): string[] {
    const rows = this.#database.prepare("select name, value from counter").all()
    const now = new Map(rows.map(({ name, value }) => [String(name), Number(value)]))
    for (const table of ["account", "seat"])
      now.set(table, Number(this.#database.prepare(`select count(*) as rows from ${table}`).get()?.["rows"]))
    const broken: string[] = []
    for (const name of [...COUNTERS, "account", "seat"]) {
      const before = this.#seen.get(name) ?? 0
      const value = now.get(name) ?? 0
      if (value < before) broken.push(`the copy went back in time: ${name} was ${before} and is ${value}`)
      this.#seen.set(name, value)
    }
    return broken
  }
}
