// A process of its own: takes the owner's lock, says what came of it, and stays until it is ended.
import { acquireOwnerLock } from "../../../src/engine/sqlite/owner-lock.ts"

const result = acquireOwnerLock(process.argv[2] ?? "")
process.stdout.write(`${"heldBy" in result ? "refused" : "held"}\n`)
setInterval(() => result, 60_000)
