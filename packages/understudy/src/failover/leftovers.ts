import { DatabaseSync } from "node:sqlite"
import { setImmediate as nextTurn } from "node:timers/promises"
import type { Finding } from "../errors/finding.ts"
import { filesBeside } from "../engine/sqlite/claim-file.ts"
import { acquireOwnerLock } from "../engine/sqlite/owner-lock.ts"
import { lookAtFile } from "../host/file-facts.ts"
import { stopCapture } from "../journal/local/capture.ts"
import { forgetReturned, pendingChanges, pendingMigrations } from "../journal/local/pending.ts"
import { giveUpCopies, settleCopy } from "../mirror/copy-on-disk.ts"
import type { HandBack } from "./hand-back.ts"
import { heldBack } from "./return-to-primary.ts"
import { ofReturn } from "./what-to-tell.ts"

/** Another program may hold the file for a moment. */
const BUSY_TIMEOUT_MS = 1_000
const FORGOTTEN_AT_ONCE = 2_000

/**
 * Hands back what a file owes from which nobody serves, beside the primary that serves: a process was killed, and another
 * file stood in since. The caller owns the file.
 */
export async function handBackLeftover(file: string, handBack: HandBack): Promise<readonly Finding[]> {
  const { journal } = lookAtFile(file)
  if (journal === "none") return []
  using database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS })
  // What a process that was killed has not come to forget.
  if (journal === "settled") {
    await forgetAll(database)
    return []
  }
  stopCapture(database)
  const { ahead } = await handBack.migrateFirst(pendingMigrations(database))
  if (ahead.length === 0) await handBack.run()
  const outdated = handBack.tablesParked
  stopCapture(database, { returned: handBack.origins, also: () => giveUpCopies(database, outdated) })
  const { changes } = pendingChanges(database)
  await forgetAll(database)
  if (changes === 0) settleCopy(file, outdated)
  const held = heldBack(changes, ahead)
  return ofReturn({ ahead, held, kept: changes, handedBack: handBack.handedBack, outdated }, file)
}

/** In steps, between which the service goes on. */
async function forgetAll(database: DatabaseSync): Promise<void> {
  while (forgetReturned(database, FORGOTTEN_AT_ONCE) > 0) await nextTurn()
}

/** Does it with each file beside this one that nobody else holds. */
export async function handBackBeside(
  file: string,
  makeHandBack: (file: string) => HandBack,
): Promise<readonly Finding[]> {
  const found: Finding[] = []
  for (const each of filesBeside(file)) {
    if (lookAtFile(each).journal !== "owed") continue
    const lock = acquireOwnerLock(each)
    if ("heldBy" in lock) continue
    using owned = lock
    await using handBack = makeHandBack(owned.file)
    found.push(...(await handBackLeftover(owned.file, handBack)))
  }
  return found
}
