import { openDatabase } from "understudy-db"

// Says that its mirror is live, waits until it has lost the primary, closes, says so, and ends.
const db = openDatabase()
await db.ready()
const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20))
}
await until(() => db.status().mirror?.state === "live")
console.log("live")
await until(() => db.status().state === "fallback")
await db.close()
console.log("closed")
