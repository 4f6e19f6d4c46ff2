import { spawn } from "node:child_process"
import { once } from "node:events"
import { DatabaseSync } from "node:sqlite"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import type { LocalTransaction } from "../../../src/journal/local/contract.ts"
import { readTransactions } from "../../../src/journal/local/read-journal.ts"
import { applyJournal, readTables, type Rows } from "./apply-journal.ts"
import { ALL, newFile } from "./captured-file.ts"
import { seededNumbers } from "./seeded-numbers.ts"

const CHILD = fileURLToPath(new URL("killed-while-writing.ts", import.meta.url))
const LONG = process.env["UNDERSTUDY_LONG"] === "1"
const ROUNDS = LONG ? 200 : 5
const SEED = Number(process.env["UNDERSTUDY_SEED"] ?? 20_270_131)

const TABLES = {
  accounts: { columns: ["id", "balance"], key: ["id"] },
  transfers: { columns: ["id", "source", "target", "amount"], key: ["id"] },
  notes: { columns: ["id", "text"], key: ["id"] },
}

/** Lets a process write until it has told of so many commits; then it is killed. Gives how many it has told of in the end. */
async function writeUntilKilled(file: string, seed: number, commits: number): Promise<number> {
  const child = spawn(process.execPath, ["--conditions=understudy-source", CHILD, file, String(seed)], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  let told = 0
  child.stdout.on("data", (text: Buffer) => {
    told += text.length
    if (told > commits) child.kill("SIGKILL")
  })
  expect(await once(child, "close")).toEqual([null, "SIGKILL"])
  return told - 1
}

function look(
  file: string,
  afterSeq: number,
): { tables: Map<string, Rows>; transactions: LocalTransaction[] } {
  using database = new DatabaseSync(file)
  expect(database.prepare("pragma quick_check").get()).toEqual({ quick_check: "ok" })
  expect(database.prepare("select sum(balance) as sum from accounts").get()).toEqual({ sum: 10_000 })
  return {
    tables: readTables(database, TABLES),
    transactions: readTransactions(database, { ...ALL, afterSeq }),
  }
}

it(
  `promise 4: a process killed while it writes leaves tables and journal as one (seed ${SEED})`,
  async () => {
    const captured = newFile()
    await captured.make(`
      create table accounts (id integer primary key, balance integer not null);
      create table transfers (id integer primary key, source integer references accounts, target integer, amount integer);
      create table notes (id integer primary key, text text);
      insert into accounts with recursive n (i) as (values (0) union all select i + 1 from n where i < 9)
        select i, 1000 from n`)
    await captured.close()
    const random = seededNumbers(SEED)
    const units = new Set<bigint>()
    let [seq, total] = [0, 0]
    for (let round = 0; round < ROUNDS; round += 1) {
      const { tables } = look(captured.file, seq)
      const told = await writeUntilKilled(captured.file, random(2 ** 31), random(4) === 0 ? 0 : random(150))
      const { tables: after, transactions } = look(captured.file, seq)
      // What was acknowledged is there; at most the one that was under way is there too.
      expect(transactions.length - told).toBeOneOf([0, 1])
      applyJournal(tables, transactions)
      expect(tables).toEqual(after)
      for (const { unit, changes } of transactions) {
        units.add(unit)
        seq = changes.at(-1)?.seq ?? seq
      }
      total += transactions.length
    }
    expect(units.size).toBe(total)
    expect(total).toBeGreaterThan(ROUNDS)
  },
  LONG ? 3_600_000 : 120_000,
)
