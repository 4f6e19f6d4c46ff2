import { DatabaseSync } from "node:sqlite"
import { delay } from "../base/abort.ts"
import type { Logger } from "../base/logger.ts"
import type { Redactor } from "../base/redact.ts"
import { finding, type Finding } from "../errors/finding.ts"
import { filesBeside } from "../engine/sqlite/claim-file.ts"
import { acquireOwnerLock } from "../engine/sqlite/owner-lock.ts"
import { lookAtFile } from "../host/file-facts.ts"
import type { FileFacts } from "../host/host-facts.ts"
import { stopCapture } from "../journal/local/capture.ts"
import { countChanges, pendingChanges, pendingMigrations } from "../journal/local/pending.ts"
import { giveUpCopies, settleCopy } from "../mirror/copy-on-disk.ts"
import { faultPoint } from "#fault-point"
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
async function handBackLeftover(
  file: string,
  handBack: HandBack,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { journal } = lookAtFile(file)
  if (journal === "none") return []
  // What a process that was killed has not come to forget.
  if (journal === "settled") {
    settleCopy(file, [])
    await forgetInSteps(file, signal)
    return []
  }
  using database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS })
  stopCapture(database)
  faultPoint("leftover.found")
  const { ahead } = await handBack.migrateFirst(pendingMigrations(database))
  if (ahead.length === 0) await handBack.run()
  faultPoint("leftover.handed-back")
  const outdated = handBack.tablesParked
  stopCapture(database, {
    returned: handBack.origins,
    setBack: handBack.setBack,
    also: () => {
      giveUpCopies(database, outdated)
      faultPoint("leftover.capture-ending")
    },
  })
  faultPoint("leftover.capture-ended")
  const { changes } = pendingChanges(database)
  if (changes === 0) settleCopy(file, outdated)
  faultPoint("leftover.settled")
  await forgetInSteps(file, signal)
  faultPoint("leftover.forgotten")
  const held = heldBack(changes, ahead)
  return ofReturn({ ahead, held, kept: changes, handedBack: handBack.handedBack, outdated }, file)
}

/**
 * Is everything handed back and forgotten, or was nothing ever written? Whoever starts while such a file is held, be it for a
 * moment, would have to take another one. The last change of all stays.
 */
function isAtRest(file: string, { journal, primarySeen }: FileFacts): boolean {
  if (journal !== "settled") return journal === "none"
  const changes = countChanges(file, 2)
  return changes === 0 || (changes === 1 && primarySeen)
}

/** Does it with a file beside the own one, where nobody else holds it. */
async function handBackBeside(
  each: string,
  makeHandBack: (file: string) => HandBack,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const facts = lookAtFile(each)
  try {
    if (isAtRest(each, facts)) return []
    const lock = acquireOwnerLock(each)
    if ("heldBy" in lock) return []
    using owned = lock
    await using handBack = makeHandBack(owned.file)
    return await handBackLeftover(owned.file, handBack, signal)
  } catch (error) {
    // Nothing is owed: it can be forgotten another time.
    if (facts.journal === "settled") return []
    throw error
  }
}

/** What handing back what files owe works with. */
export interface LeftoverOptions {
  readonly redact: Redactor
  readonly logger: Logger
  /** Why what a file beside owes is not handed back: not yet, or not at all. Outlives this. */
  readonly kept: Map<string, Finding>
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
  /** Files beside. */
  readonly #tried = new Set<string>()
  #beside: Promise<void> = Promise.resolve()

  constructor(options: LeftoverOptions) {
    this.#options = options
  }

  /** The own file: nothing can be copied into it before. Rejects where another try may go better. */
  async handBack(file: string): Promise<void> {
    await using handBack = this.#make(file)
    const { signal } = this.#stopping
    this.#options.found(await handBackLeftover(file, handBack, signal))
    signal.throwIfAborted()
  }

  /**
   * Those beside it: one that cannot be handed back keeps nobody waiting, and is tried again. One that is meant for another
   * primary is only looked at again: somebody else may hand it back, or give it up.
   */
  handBackBeside(file: string): void {
    this.#beside = this.#untilHandedBack(file).catch(() => {})
  }

  async #untilHandedBack(file: string): Promise<void> {
    const { signal } = this.#stopping
    const { kept } = this.#options
    for (let pauseMs = FIRST_RETRY_MS; ; pauseMs = Math.min(LONGEST_RETRY_MS, pauseMs * 2)) {
      const beside = filesBeside(file)
      for (const each of beside) {
        signal.throwIfAborted()
        if (this.#tried.has(each) && kept.get(each)?.code === "journal.held") this.#lookAgain(each)
        else await this.#tryBeside(each)
        this.#tried.add(each)
      }
      // Somebody has moved it away.
      for (const each of kept.keys()) if (!beside.includes(each)) kept.delete(each)
      if (kept.size === 0) return
      await delay(pauseMs, signal)
    }
  }

  async #tryBeside(file: string): Promise<void> {
    const { signal } = this.#stopping
    try {
      const found = await handBackBeside(file, (each) => this.#make(each), signal)
      const held = found.find(({ code }) => code === "journal.held")
      this.#options.found(found.filter((each) => each !== held))
      if (held === undefined) this.#options.kept.delete(file)
      else this.#keep(file, held)
    } catch (error) {
      if (signal.aborted) return
      const detail = this.#options.redact(
        `${file}: ${error instanceof Error ? error.message : String(error)}`,
      )
      this.#keep(file, finding("journal.not-handed-back", { detail }))
    }
  }

  #lookAgain(file: string): void {
    if (lookAtFile(file).journal !== "owed") this.#options.kept.delete(file)
  }

  #keep(file: string, found: Finding): void {
    const { kept, logger } = this.#options
    const { code, message, remedy } = found
    if (kept.get(file)?.message !== message) logger.warn({ code, remedy }, message)
    kept.set(file, found)
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
    const { kept } = this.#options
    for (const [file, { code }] of kept) if (code === "journal.not-handed-back") kept.delete(file)
  }
}
