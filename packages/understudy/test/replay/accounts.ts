import { onTestFinished } from "vitest"
import { openReplayedPair, type ReplayedPair } from "./replayed-pair.ts"

/** A pair with accounts 1 to 5 of 100 each, and tables that refer to them; changes of the file are kept. It ends with the test. */
export async function openAccounts(): Promise<ReplayedPair> {
  const pair = await openReplayedPair(async (db) => {
    await db.schema
      .createTable("account")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("owner", "text", (column) => column.notNull().unique())
      .addColumn("balance", "integer", (column) => column.notNull())
      .addColumn("note", "text")
      .execute()
    await db.schema
      .createTable("card")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("account", "integer", (column) => column.references("account.id"))
      .execute()
    await db.schema
      .createTable("letter")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("owner", "text", (column) => column.references("account.owner"))
      .execute()
  })
  onTestFinished(() => pair[Symbol.asyncDispose]())
  await pair.both((db) =>
    db
      .insertInto("account")
      .values([1, 2, 3, 4, 5].map((id) => ({ id, owner: `owner ${id}`, balance: 100 })))
      .execute(),
  )
  await pair.capture()
  return pair
}

export function transfer(pair: ReplayedPair, from: number, to: number): Promise<void> {
  return pair.write(
    `update account set balance = balance - 10 where id = ${from}`,
    `update account set balance = balance + 10 where id = ${to}`,
  )
}

export async function balances(pair: ReplayedPair): Promise<number[]> {
  const { rows } = await pair.client.query<{ balance: number }>("select balance from account order by id")
  return rows.map(({ balance }) => balance)
}
