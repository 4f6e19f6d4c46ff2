// Takes the owner's lock of one file after the other, each at a moment that other processes take it at too, says what
// came of each, and holds what it has got until it is ended by the last.
import { join } from "node:path"
import { acquireOwnerLock } from "../../../src/engine/sqlite/owner-lock.ts"

const EVERY_MS = 10
const [folder = "", fromMs, files] = process.argv.slice(2)
const held: unknown[] = []
for (let index = 0; index < Number(files); index += 1) {
  while (Date.now() < Number(fromMs) + index * EVERY_MS);
  const result = acquireOwnerLock(join(folder, `${index}.sqlite`))
  if (!("heldBy" in result)) held.push(result)
  process.stdout.write(`${"heldBy" in result ? "refused" : "held"}\n`)
}
setTimeout(() => held, 1_000)
