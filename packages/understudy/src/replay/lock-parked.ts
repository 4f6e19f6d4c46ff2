import type { Client } from "pg"
import { canBeParked, countParked } from "./parked-list.ts"

/** How many wait for a person. Until the transaction of the caller ends, nobody parks or settles any. */
export async function lockParked(client: Client): Promise<number> {
  if (!(await canBeParked(client))) return 0
  await client.query("lock table understudy.parked_transaction in access exclusive mode")
  return countParked(client)
}
