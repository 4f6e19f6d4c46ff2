import type { DatabaseSync } from "node:sqlite"
import type { Logger } from "../base/logger.ts"
import type { Redactor } from "../base/redact.ts"
import { faultPoint } from "#fault-point"
import { forgetInSteps } from "./forget-in-steps.ts"
import type { HandBack } from "./hand-back.ts"
import { replayMemory } from "../replay/replay-memory.ts"
import { finding, type Finding, type FindingCode } from "../errors/finding.ts"
import { programTableNames } from "../engine/sqlite/program-tables.ts"
import type { SqliteEngine } from "../engine/sqlite/engine.ts"
import { startCapture, stopCapture } from "../journal/local/capture.ts"
import type { PendingChanges } from "../journal/local/contract.ts"
import { lastSeq, pendingChanges, pendingMigrations } from "../journal/local/pending.ts"
import {
  giveUpCopies,
  keepForPrimary,
  readCopy,
  settleCopy,
  withoutCopy,
  type CopyOnDisk,
} from "../mirror/copy-on-disk.ts"
import { copyOnDiskStatus, type MirrorStatus } from "../mirror/mirror-status.ts"
import type { OpenedFile } from "./open-candidate.ts"

/** What a stand-in works with. */
export interface StandInOptions {
  readonly opened: OpenedFile
  /** Why it may take no writes at all; undefined where it may. */
  readonly refusesWrites: string | undefined
  /** Are its writes kept for a primary, this one or the first that the file meets? */
  readonly keepsWrites: boolean
  /** Has this process been served by the primary? Then a file without a copy lacks what that has. */
  readonly primaryServed: boolean
  /** That one's cluster and timeline; null where it does not tell, or none has served. */
  readonly cluster: string | null
  /** Does the file hold rows that are neither the primary's nor in the journal? They stay. */
  readonly holdsUnknownRows: boolean
  readonly redact: Redactor
  readonly logger: Logger
}

/** What became of the file's changes, as {@link HandBack} knows it. */
export type WhatIsBack = Pick<HandBack, "origins" | "setBack" | "tablesParked">

/** The fallback that serves: what its answers come from, which writes it takes, what it owes the primary. */
export class StandIn {
  readonly #options: StandInOptions
  readonly #onDisk: CopyOnDisk
  /** What is known of handing its changes back, from one try to return to the next. */
  readonly replayMemory: SharedArrayBuffer = replayMemory()
  #captures = false
  readonly #findings: readonly Finding[]
  /** Row changes that the primary has, or keeps parked, and of which the file does not know it yet. */
  #handedBack = 0
  /** Why writes cannot be kept now. */
  #noCapture: Finding | undefined

  /** Of what there is no copy, the engine answers nothing from now on. */
  constructor(options: StandInOptions) {
    this.#options = options
    const { engine, file, hiddenCopy } = options.opened
    let found = readCopy(file)
    if (!found.primarySeen && options.primaryServed && options.keepsWrites) {
      // For whoever opens the file after this process as well.
      keepForPrimary(file, options.cluster)
      found = readCopy(file)
    }
    const isWhole = found.primarySeen || (hiddenCopy === null && !options.primaryServed)
    this.#onDisk = isWhole ? found : withoutCopy(engine.look(programTableNames))
    engine.withhold(this.#onDisk.withheld)
    const { refusesWrites: why } = options
    this.#findings = [
      ...(this.#onDisk.primarySeen && this.#onDisk.asOf === null
        ? [finding("fallback.no-copy", { file: hiddenCopy ?? file })]
        : []),
      ...(why === undefined ? [] : [finding("fallback.read-only", { why })]),
    ]
    for (const each of this.#findings) this.#say(each)
  }

  get engine(): SqliteEngine {
    return this.#options.opened.engine
  }

  get file(): string {
    return this.#options.opened.file
  }

  /** Why no writes are taken. */
  get refusesWrites(): FindingCode | undefined {
    return this.#options.refusesWrites === undefined ? this.#noCapture?.code : "fallback.read-only"
  }

  get findings(): readonly Finding[] {
    return this.#noCapture === undefined ? this.#findings : [...this.#findings, this.#noCapture]
  }

  /** What the answers come from. */
  get copy(): "none" | "mirror" {
    return this.#onDisk.primarySeen ? "mirror" : "none"
  }

  /** The moment of the primary that the answers show. */
  get asOf(): Date | null {
    return this.#onDisk.asOf
  }

  status(): MirrorStatus {
    return copyOnDiskStatus(this.#onDisk, null)
  }

  /**
   * From now on writes are taken, and kept for the primary. Where they cannot be kept they are refused; false: another try
   * may go better.
   */
  async openWrites(): Promise<boolean> {
    const { refusesWrites, keepsWrites } = this.#options
    if (refusesWrites !== undefined || this.#captures || !keepsWrites) return true
    try {
      const { primaryMark, primaryKnown } = this.#onDisk
      await this.engine.withWriter((database) =>
        startCapture(database, { units: this.engine.units, primaryMark, primaryKnown }),
      )
      this.#captures = true
      this.#noCapture = undefined
      faultPoint("failover.writes-opened")
      return true
    } catch (error) {
      const detail = this.#options.redact(error instanceof Error ? error.message : String(error))
      const found = finding("journal.no-capture", { detail })
      if (this.#noCapture?.message !== found.message) this.#say(found)
      this.#noCapture = found
      return false
    }
  }

  /** What is not handed back yet. */
  pending(): PendingChanges {
    return this.engine.look(pendingChanges)
  }

  /** So many more row changes were handed back. */
  handedBack(changes: number): void {
    this.#handedBack += changes
  }

  /** What is left to hand back, at most: of what was handed back the file is told at the end. Null where it cannot be read. */
  left(): PendingChanges | null {
    try {
      const { changes, oldestAt } = this.pending()
      return { changes: Math.max(0, changes - this.#handedBack), oldestAt }
    } catch {
      return null
    }
  }

  /** Is anything not handed back yet? What cannot be read may hold something. */
  owes(): boolean {
    try {
      return this.pending().changes > 0
    } catch {
      return true
    }
  }

  /** How many changes, those that are handed back too, come after this one in the journal. */
  changesAfter(seq: number): number {
    return Math.max(0, this.engine.look(lastSeq) - seq)
  }

  /** The migrations that ran on the file after changes that are not handed back. */
  migrationsAmong(): readonly string[] {
    return this.engine.look(pendingMigrations)
  }

  /**
   * Writes are captured no more. The file knows in the same moment which openings the primary has everything of, and the
   * tables whose rows are not the primary's: a process that is killed then would leave a copy of which nobody knows that it
   * is none.
   */
  async endCapture({ origins, setBack, tablesParked }: WhatIsBack): Promise<void> {
    const also = (database: DatabaseSync): void => {
      giveUpCopies(database, tablesParked)
      faultPoint("failover.capture-ending")
    }
    await this.engine.withWriter((database) => stopCapture(database, { returned: origins, setBack, also }))
    this.#handedBack = 0
    this.#captures = false
  }

  /**
   * The primary serves: what is still read here ends. Gives the file up, settled. Where the signal is aborted, it may hold
   * changes yet that were handed back: whoever opens it next forgets them.
   */
  async end(outdated: readonly string[], signal: AbortSignal): Promise<void> {
    try {
      await this.engine.close()
      if (this.file === ":memory:" || this.#options.holdsUnknownRows) return
      settleCopy(this.file, outdated)
      faultPoint("failover.copy-settled")
      await forgetInSteps(this.file, signal)
      faultPoint("failover.forgotten")
    } finally {
      await this.close()
    }
  }

  async close(): Promise<void> {
    await this.engine.close()
    this.#options.opened.release()
  }

  #say({ code, message, remedy }: Finding): void {
    this.#options.logger.warn({ code, remedy }, message)
  }
}
