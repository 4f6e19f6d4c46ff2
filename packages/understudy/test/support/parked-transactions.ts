import { Client } from "pg"
import { onTestFinished } from "vitest"
import { Conflict } from "../../src/replay/conflict.ts"
import { park } from "../../src/replay/park.ts"
import type { ParkedChange } from "../../src/replay/parked.ts"
import { installReplay } from "../../src/replay/replay-schema.ts"
import { workerPostgres } from "../../../../test/support/worker-postgres.ts"

/** A database with the table `account`, in which transactions of a fallback are parked. Ends with the test. */
export interface ParkedTransactions {
  readonly url: string
  readonly client: Client
  /** Parks a transaction that would set balances; gives its id. */
  park(balances: Readonly<Record<string, number>>, dependsOn?: readonly string[]): Promise<string>
  /** The balances there are. */
  balances(): Promise<Record<string, number>>
}

/** Each account has 5, and each parked transaction found 1. */
export async function openParked(accounts: readonly string[] = ["a", "b"]): Promise<ParkedTransactions> {
  const database = await (await workerPostgres()).createDatabase()
  onTestFinished(() => database[Symbol.asyncDispose]())
  const client = new Client(database.url)
  client.on("error", () => {})
  await client.connect()
  onTestFinished(() => client.end())
  await client.query(
    "create table account (id text primary key, balance integer not null check (balance >= 0))",
  )
  for (const id of accounts) await client.query("insert into account values ($1, 5)", [id])
  await installReplay(client)
  let unit = 0n
  return {
    url: database.url,
    client,
    park(balances, dependsOn = []) {
      unit += 1n
      const changes = Object.entries(balances).map(([id, balance], place): ParkedChange => ({
        seq: Number(unit) * 100 + place,
        table: "account",
        operation: "update",
        key: { id },
        before: { id, balance: "1" },
        ours: { id, balance: String(balance) },
        theirs: { id, balance: "5" },
      }))
      const at = new Date("2026-01-02T03:04:05.678Z")
      const conflict = new Conflict("row-changed", "account")
      return park(client, { origin: "of-a-test", unit, at, conflict, dependsOn, state: "open" }, changes)
    },
    async balances() {
      const { rows } = await client.query<{ id: string; balance: number }>(
        "select id, balance from account order by id",
      )
      return Object.fromEntries(rows.map(({ id, balance }) => [id, balance]))
    },
  }
}
