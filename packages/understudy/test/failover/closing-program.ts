import { openDatabase } from "understudy-db"

// Says that its mirror is live, waits until it has lost the primary, closes, says so, and ends.
const db = openDatabase()
await db.ready()
const until = async (state: string): Promise<void> => {
  while (db.status().mirror?.state !== state) await new Promise((resolve) => setTimeout(resolve, 20))
}
await until("live")
console.log("live")
await until("stale")
await db.close()
console.log("closed")
