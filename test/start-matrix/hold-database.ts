// A process of its own that holds a SQLite file, as its owner or by an exclusive transaction, until it is ended.
import { DatabaseSync } from "node:sqlite"
import { acquireOwnerLock } from "../../packages/understudy/src/engine/sqlite/owner-lock.ts"

const [, , how = "", file = ""] = process.argv

function hold(): unknown {
  if (how === "owner") return acquireOwnerLock(file)
  const database = new DatabaseSync(file)
  database.exec("BEGIN EXCLUSIVE")
  return database
}

const held = hold()
process.stdout.write("held\n")
// The end of the pipe is the end of who asked for it.
process.stdin.resume().on("end", () => process.exit(held === undefined ? 1 : 0))
