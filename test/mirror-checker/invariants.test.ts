import { DatabaseSync } from "node:sqlite"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeEach, expect, test } from "vitest"
import { SqliteEngine } from "../../packages/understudy/src/engine/sqlite/engine.ts"
import { migrate } from "../../packages/understudy/src/migrate/migrate.ts"
import { copiedContent, differences } from "../../packages/understudy/src/drill/compare.ts"
import { COLUMNS } from "./columns.ts"
import { Invariants } from "./invariants.ts"
import { createTables, FIRST_ROWS } from "./tables.ts"

const ID = "00000000-0000-4000-8000-000000000001"

let file: string
let database: DatabaseSync
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), "understudy-invariants-"))
  file = join(folder, "copy.sqlite")
  const values = { int8: "number", timestamptz: "string" } as const
  const engine = new SqliteEngine({ file, role: "fallback", synchronous: "normal", waitMs: 1_000, values })
  await migrate(engine, { "0001-tables": createTables })
  await engine.close()
  database = new DatabaseSync(file)
  // The ids below are shorter than real ones.
  database.exec("pragma ignore_check_constraints = on")
  for (const statement of FIRST_ROWS) database.exec(portable(statement))
  return async () => {
    database.close()
    await rm(folder, { recursive: true })
  }
})

/** SQLite has no generate_series. */
function portable(statement: string): string {
  return statement.replace(
    /from generate_series\(1, (\d+)\) g/,
    "from (with recursive n(g) as (select 1 union all select g + 1 from n where g < $1) select g from n)",
  )
}

const WHOLE = [
  "insert into parent values (1, 'one'); insert into child values ('c', 1)",
  "insert into left_half values ('h', 1); insert into right_half values ('h', 1)",
  "insert into basin values (1, 'b', 2), (2, 'b', 2); insert into droplet values ('d', 1, 'b'), ('e', 2, 'b')",
  "insert into bulk values ('x', 'b', 2, 1, ''), ('y', 'b', 2, 2, '')",
  "insert into reading values ('north', 'r', 1)",
]

const HALF: readonly (readonly [what: string, statement: string])[] = [
  ["half a transfer", "update account set balance = balance - 1 where id = 3"],
  ["a child alone", "pragma foreign_keys = off; delete from parent"],
  ["a half alone", "delete from right_half"],
  ["halves that differ", "update left_half set number = 2"],
  ["half a swap", "update seat set holder = 'between 1' where id = 1"],
  ["half a shift", "update seat set id = 1001 where id = 1"],
  [
    "a part of a refill",
    "pragma foreign_keys = off; delete from basin where id = 2; delete from droplet where basin = 2",
  ],
  ["an emptied table without the other", "delete from droplet"],
  ["a row that is there twice", "insert into reading values ('south', 'r', 1)"],
  ["a part of a bulk", "delete from bulk where place = 2"],
  [
    "what was rolled back",
    `insert into entry values ('${ID}', 'given up', 1, 1, null, true, '2026-01-01 00:00:00.000000+00', null, null, null)`,
  ],
  ["an earlier moment", "update counter set value = -1 where name = 'b'"],
  ["an empty table", "delete from seat"],
]

test.each(HALF)("promise 4: a reader would see %s", (_, statement) => {
  for (const whole of WHOLE) database.exec(whole)
  const invariants = new Invariants(database)
  for (let look = 0; look < 8; look += 1) expect(invariants.look()).toEqual([])
  database.exec(statement)
  const broken = Array.from({ length: 8 }, () => invariants.look()).flat()
  expect(broken).not.toEqual([])
})

test("promise 4: a row that is missing, too many, or another one is found", () => {
  const before = copiedContent(file, COLUMNS)
  expect(differences(before, copiedContent(file, COLUMNS))).toEqual([])
  database.exec("delete from seat where id = 7; update counter set value = 5 where name = 'c'")
  expect(differences(before, copiedContent(file, COLUMNS))).toEqual([
    "counter: 4 rows, 4 in the copy; 1 are missing, 1 too many",
    '  primary only: ["c","0"]',
    '  copy only:    ["c","5"]',
    "seat: 30 rows, 29 in the copy; 1 are missing, 0 too many",
    '  primary only: ["7","holder 7"]',
  ])
})
