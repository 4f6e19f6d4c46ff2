import { DatabaseSync } from "node:sqlite"
import { delay } from "../base/abort.ts"
import type { Logger } from "../base/logger.ts"
import type { Redactor } from "../base/redact.ts"
import { finding, type Finding } from "../errors/finding.ts"
import { filesBeside } from "../engine/sqlite/claim-file.ts"
import { acquireOwnerLock } from "../engine/sqlite/owner-lock.ts"
import { lookAtFile } from "../host/file-facts.ts"
import { stopCapture } from "../journal/local/capture.ts"
import { forgetReturned, pendingChanges, pendingMigrations } from "../journal/local/pending.ts"
import { giveUpCopies, settleCopy } from "../mirror/copy-on-disk.ts"
import { forgetInSteps } from "./forget-in-steps.ts"
import type { HandBack } from "./hand-back.ts"
import { heldBack } from "./return-to-primary.ts"
import { ofReturn } from "./what-to-tell.ts"

/** Another program may hold the file for a moment. */
const BUSY_TIMEOUT_MS = 1_000

/**
 * Hands back what a file owes from which nobody serves, beside the primary that serves: a process was killed, and another
 * file stood in since. The caller owns the file.
 */
async function handBackLeftover(file: string, handBack: HandBack): Promise<readonly Finding[]> {
  const { journal } = lookAtFile(file)
  if (journal === "none") return []
  using database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS })
  // What a process that was killed has not come to forget.
  if (journal === "settled") {
    await forgetInSteps((most) => forgetReturned(database, most))
    settleCopy(file, [])
    return []
  }
  stopCapture(database)
  const { ahead } = await handBack.migrateFirst(pendingMigrations(database))
  if (ahead.length === 0) await handBack.run()
  const outdated = handBack.tablesParked
  stopCapture(database, {
    returned: handBack.origins,
    setBack: handBack.setBack,
    also: () => giveUpCopies(database, outdated),
  })
  const { changes } = pendingChanges(database)
  await forgetInSteps((most) => forgetReturned(database, most))
  if (changes === 0) settleCopy(file, outdated)
  const held = heldBack(changes, ahead)
  return ofReturn({ ahead, held, kept: changes, handedBack: handBack.handedBack, outdated }, file)
}

/** Does it with a file beside the own one, where nobody else holds it. */
async function handBackBeside(
  each: string,
  makeHandBack: (file: string) => HandBack,
): Promise<readonly Finding[]> {
  if (lookAtFile(each).journal !== "owed") return []
  const lock = acquireOwnerLock(each)
  if ("heldBy" in lock) return []
  using owned = lock
  await using handBack = makeHandBack(owned.file)
  return await handBackLeftover(owned.file, handBack)
}

/** What handing back what files owe works with. */
export interface LeftoverOptions {
  readonly redact: Redactor
  readonly logger: Logger
  makeHandBack(file: string): HandBack
  /** Told what became of the writes that a file held. */
  found(findings: readonly Finding[]): void
}

const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 60_000

/** What the files owe from which nobody serves: the own one's is handed back first, that of those beside it meanwhile. */
export class Leftovers {
  readonly #options: LeftoverOptions
  readonly #stopping = new AbortController()
  readonly #running = new Set<HandBack>()
  /** Why the files beside are not handed back yet. */
  readonly #failures = new Map<string, Finding>()
  #beside: Promise<void> = Promise.resolve()

  constructor(options: LeftoverOptions) {
    this.#options = options
  }

  get findings(): readonly Finding[] {
    return [...this.#failures.values()]
  }

  /** The own file: nothing can be copied into it before. Rejects where another try may go better. */
  async handBack(file: string): Promise<void> {
    await using handBack = this.#make(file)
    this.#options.found(await handBackLeftover(file, handBack))
  }

  /** Those beside it: one that cannot be handed back keeps nobody waiting, and is tried again. */
  handBackBeside(file: string): void {
    this.#beside = this.#untilHandedBack(file).catch(() => {})
  }

  async #untilHandedBack(file: string): Promise<void> {
    const { signal } = this.#stopping
    for (let pauseMs = FIRST_RETRY_MS; ; pauseMs = Math.min(LONGEST_RETRY_MS, pauseMs * 2)) {
      const beside = filesBeside(file)
      for (const each of beside) {
        signal.throwIfAborted()
        await this.#tryBeside(each)
      }
      // Somebody has moved it away.
      for (const each of this.#failures.keys()) if (!beside.includes(each)) this.#failures.delete(each)
      if (this.#failures.size === 0) return
      await delay(pauseMs, signal)
    }
  }

  async #tryBeside(file: string): Promise<void> {
    try {
      this.#options.found(await handBackBeside(file, (each) => this.#make(each)))
      this.#failures.delete(file)
    } catch (error) {
      if (this.#stopping.signal.aborted) return
      const detail = this.#options.redact(
        `${file}: ${error instanceof Error ? error.message : String(error)}`,
      )
      const found = finding("journal.not-handed-back", { detail })
      if (this.#failures.get(file)?.message !== found.message)
        this.#options.logger.warn({ code: found.code, remedy: found.remedy }, found.message)
      this.#failures.set(file, found)
    }
  }

  #make(file: string): HandBack {
    this.#stopping.signal.throwIfAborted()
    const handBack = this.#options.makeHandBack(file)
    this.#running.add(handBack)
    return handBack
  }

  /** Ends it at once. What is not handed back stays in its file. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all([...this.#running].map((each) => each.stop()))
    await this.#beside
  }
}
