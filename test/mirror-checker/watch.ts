// Reads a copy all the time, in short read transactions, and tells its parent what does not hold. `watch.ts FILE`
import { DatabaseSync } from "node:sqlite"
import { setTimeout as wait } from "node:timers/promises"
import { Invariants } from "./invariants.ts"
import type { Watched } from "./watcher.ts"

/** Leaves the processor to others, who are more. */
const PAUSE_MS = 5

const [, , file = ""] = process.argv
const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 })
const invariants = new Invariants(database)
const stopping = new AbortController()
process.on("message", () => stopping.abort())
process.on("disconnect", () => process.exit())

let rounds = 0
const broken: string[] = []
while (!stopping.signal.aborted && broken.length === 0) {
  broken.push(...invariants.look())
  rounds += 1
  await wait(PAUSE_MS)
}
database.close()
process.send?.({ rounds, broken } satisfies Watched, () => process.disconnect())
