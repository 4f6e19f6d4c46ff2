import { delay } from "../base/abort.ts"
import { Throttle } from "../base/throttle.ts"
import type { PostgresOptions } from "../engine/postgres/options.ts"
import { LIFT_TRANSACTION_LIMIT } from "../engine/postgres/transaction-limit.ts"
import { assertCaptureOn, CaptureOffError, installJournal } from "../journal/install-capture.ts"
import { lookAtPrimary, type PrimaryMoment } from "../journal/primary-moment.ts"
import { acknowledge, restartJournal, trimJournal } from "../journal/tend-journal.ts"
import { faultPoint } from "#fault-point"
import { quoteName } from "../engine/sqlite/sql-tokens.ts"
import { UnfitTableError } from "./absence.ts"
import { Connections } from "./connections.ts"
import { isFollowed, type FollowedPosition } from "./copy-record.ts"
import { copyStale, lockTables, OutdatedCopyError } from "./copy-step.ts"
import { bringUp, type FollowedTable } from "./follow.ts"
import { MirrorFile } from "./mirror-file.ts"
import type { MirrorProgress } from "./mirror-progress.ts"
import type { Mismatch } from "./mirrored-table.ts"
import { TableWantedError } from "./lock-watch.ts"
import { lostCopy } from "./lost-copy.ts"
import type { MirrorLimits } from "./prepare-tables.ts"
import { BEGIN_FOLLOWING } from "./read-only-transaction.ts"
import { Round } from "./round.ts"

/** What a mirror works with. Times in milliseconds. */
export interface MirrorRunOptions {
  /** How the primary is dialled. */
  readonly postgres: PostgresOptions
  /** The SQLite file, with the program's tables in it. */
  readonly file: string
  readonly limits: MirrorLimits
  /** So long is worked before a pause of so long. */
  readonly throttle: { readonly workMs: number; readonly pauseMs: number }
}

/** Changes are waited for so long where the primary does not tell of them. */
const POLL_MS = 250
/** However many changes the primary tells of, it is not asked more often. */
const LEAST_POLL_MS = 150
/** So often the tables of both are looked at, and the journal is trimmed; the first time soon after it began. */
const ROUND_MS = 60_000
const FIRST_ROUND_MS = 2_000
/** Where somebody holds something, it is tried again after so long, and then twice as long: others wait behind each try. */
const BUSY_PAUSE_MS = 2_000
/** So often a cursor is written that has moved past no change. */
const IDLE_RECORD_MS = 5_000

/** SQLSTATE: somebody holds a lock for long. */
const LOCK_NOT_AVAILABLE = "55P03"
/** SQLSTATEs: a table or the schema of ours is not there any more. */
const REMOVED: ReadonlySet<unknown> = new Set(["42P01", "3F000"])

/** Keeps the copy in the file up with the primary, until the signal ends it. Rejects where the primary is lost. */
export async function runMirror(
  options: MirrorRunOptions,
  signal: AbortSignal,
  report: (progress: MirrorProgress) => void,
): Promise<void> {
  using file = new MirrorFile(options.file)
  using connections = await Connections.open(options.postgres, signal)
  try {
    await new MirrorRun(options, file, connections, signal, report).run()
  } catch (error) {
    // Nobody follows any more: what is there would grow old without anybody's knowing how old it may get.
    if (error instanceof CaptureOffError) file.record.dropCopy()
    throw error
  }
}

class MirrorRun {
  readonly #options: MirrorRunOptions
  readonly #file: MirrorFile
  readonly #connections: Connections
  readonly #signal: AbortSignal
  readonly #report: (progress: MirrorProgress) => void
  readonly #throttle: Throttle
  /** Tables that turned out not to fit on the way, until the connection ends. */
  readonly #unfit = new Map<string, Mismatch>()
  /** Where the copy stands; undefined while there is none that could be brought up. */
  #position: FollowedPosition | undefined
  /** The moment that the copy shows, also one that cannot be brought up any more. */
  #asOf: Date | null
  #lookedAtNs: bigint | null = null
  #recordedAtMs = 0
  #roundMs = FIRST_ROUND_MS
  #rows = 0
  #primaryChanged = false
  #hadChanges = false
  #busyPauseMs = BUSY_PAUSE_MS
  /** Is the next copy to keep others from emptying or changing the tables meanwhile? */
  #locks = false

  constructor(
    options: MirrorRunOptions,
    file: MirrorFile,
    connections: Connections,
    signal: AbortSignal,
    report: (progress: MirrorProgress) => void,
  ) {
    this.#options = options
    this.#file = file
    this.#connections = connections
    this.#signal = signal
    this.#report = report
    this.#throttle = new Throttle(options.throttle.workMs, options.throttle.pauseMs, signal)
    const position = file.record.position()
    this.#asOf = position?.asOf ?? null
    if (position !== undefined && isFollowed(position)) this.#position = position
  }

  async run(): Promise<never> {
    await installJournal(this.#connections.client)
    faultPoint("mirror.journal-installed")
    for (;;) {
      try {
        await this.#round()
      } catch (error) {
        await this.#getOver(error)
      }
    }
  }

  async #getOver(error: unknown): Promise<void> {
    const { code } = error as { code?: unknown }
    if (error instanceof UnfitTableError) {
      const { table, absence, detail } = error
      this.#unfit.set(table, { absence, detail })
    } else if (error instanceof OutdatedCopyError) this.#locks = true
    else if (error instanceof TableWantedError || code === LOCK_NOT_AVAILABLE)
      await delay(this.#nextBusyPauseMs(), this.#signal)
    else if (REMOVED.has(code)) throw new CaptureOffError()
    else throw error
  }

  #nextBusyPauseMs(): number {
    const pauseMs = this.#busyPauseMs
    this.#busyPauseMs = Math.min(ROUND_MS, pauseMs * 2)
    return pauseMs
  }

  /** From one look at the tables of both to the next. */
  async #round(): Promise<void> {
    const { client } = this.#connections
    await assertCaptureOn(client)
    const round = await Round.begin(client, this.#file, this.#options.limits, this.#unfit)
    await this.#leaveOut(round)
    faultPoint("mirror.tables-prepared")
    const endMs = performance.now() + (round.isBusy ? this.#nextBusyPauseMs() : this.#roundMs)
    do {
      if (!(await this.#step(round))) return
      if (!round.isBusy) this.#busyPauseMs = BUSY_PAUSE_MS
      await delay(LEAST_POLL_MS, this.#signal)
      // Of changes that follow so soon upon others, nobody is told.
      if (!this.#hadChanges) await this.#connections.changed(POLL_MS - LEAST_POLL_MS)
    } while (performance.now() < endMs)
    await this.#tend()
    this.#roundMs = ROUND_MS
  }

  /** Of tables that are left out, nothing is kept. */
  async #leaveOut(round: Round): Promise<void> {
    const { record, database } = this.#file
    const before = record.tables()
    const after = round.recordWith(before)
    if (JSON.stringify(before) === JSON.stringify(after)) return
    await this.#file.transaction(() => {
      for (const { name } of round.absent) database.exec(`delete from ${quoteName(name)}`)
      record.setTables(after)
    })
  }

  /** Tells the primary how far the copy is, and has it trim its journal. */
  async #tend(): Promise<void> {
    const { client } = this.#connections
    const { record } = this.#file
    if (this.#position === undefined) return
    await acknowledge(client, record.mirrorId, this.#position.cursor)
    record.setPosition(this.#position)
    record.acknowledged = this.#position.cursor
    faultPoint("mirror.acknowledged")
    await trimJournal(client)
    faultPoint("mirror.trimmed")
  }

  /** Brings the copy to where the primary is now; false where the tables are to be looked at anew. */
  async #step(round: Round): Promise<boolean> {
    const { client } = this.#connections
    const { record } = this.#file
    const asOf = new Date()
    const lookedAtNs = process.hrtime.bigint()
    await client.query(BEGIN_FOLLOWING)
    try {
      if (this.#locks) await client.query(lockTables(round, BUSY_PAUSE_MS))
      const moment = await lookAtPrimary(client, {
        relations: round.relations,
        cursor: this.#position?.cursor ?? null,
        mirrorId: record.mirrorId,
        hasMigrations: round.hasMigrations,
      })
      this.#hadChanges = moment.hasChanges
      if (!moment.capture) throw new CaptureOffError()
      if (moment.hasLapsed) {
        await client.query("commit")
        await restartJournal(client)
        return true
      }
      if (moment.shape !== round.shape) return false
      await this.#meet(moment)
      const stale = this.#position === undefined ? round.tables : round.staleTables(record.tables())
      const { cursor, life, migrations } = moment
      const position = { cursor, life, asOf, migrations }
      if (stale.length === 0) await this.#follow(moment, position, round)
      else if (moment.isFollowable) await this.#copy(position, round, stale)
      else return this.#tell(round, stale)
      this.#position = position
      this.#asOf = asOf
      this.#lookedAtNs = lookedAtNs
      return this.#tell(round, [])
    } finally {
      await client.query("commit").catch(() => {})
    }
  }

  /** Is it the primary that the copy is of, and does its journal reach the copy? Else there is no copy any more. */
  async #meet(moment: PrimaryMoment): Promise<void> {
    const { record } = this.#file
    const met = { mark: moment.primary, cluster: this.#connections.server.cluster }
    const seen = record.seenPrimary()
    const position = this.#position
    const why = lostCopy({ seen, met, moment, acknowledged: record.acknowledged, position })
    const isKnown = seen !== undefined && seen.mark !== null
    if (isKnown && why === null) return
    this.#position = undefined
    const isAnothers = !isKnown || why === "primary-changed"
    this.#primaryChanged ||= why === "primary-changed"
    if (isAnothers) this.#asOf = null
    await this.#file.transaction(() => {
      record.sawPrimary(met)
      if (isAnothers) record.dropCopy()
      // What it shows was so: it is read until the new one is there.
      else if (position !== undefined) record.setPosition({ ...position, cursor: null })
    })
  }

  /** Takes over what was committed since. */
  async #follow(moment: PrimaryMoment, next: FollowedPosition, round: Round): Promise<void> {
    const { record } = this.#file
    const nowMs = performance.now()
    if (moment.hasChanges) {
      await this.#connections.client.query(LIFT_TRANSACTION_LIMIT)
      await this.#file.transaction(async () => {
        faultPoint("mirror.apply.begun")
        const pause = (): Promise<void> => this.#throttle.pause()
        this.#rows += await bringUp(this.#connections.client, this.#position, round.tables, pause)
        faultPoint("mirror.apply.put-in")
        record.setPosition(next)
        faultPoint("mirror.apply.recorded")
      })
      faultPoint("mirror.apply.committed")
    } else if (nowMs - this.#recordedAtMs > IDLE_RECORD_MS) record.setPosition(next)
    else return
    this.#recordedAtMs = nowMs
  }

  async #copy(to: FollowedPosition, round: Round, stale: readonly FollowedTable[]): Promise<void> {
    this.#tell(round, stale)
    await copyStale({
      file: this.#file,
      connections: this.#connections,
      throttle: this.#throttle,
      maxRows: this.#options.limits.maxRows,
      round,
      stale,
      from: this.#position,
      to,
      progressed: (rows) => {
        this.#rows += rows
        this.#tell(round, stale)
      },
    })
    this.#locks = false
  }

  /** Tells how far it is; `waiting` are the tables that are being copied. */
  #tell(round: Round, waiting: readonly FollowedTable[]): true {
    this.#report({
      state: waiting.length === 0 ? "live" : "copying",
      asOf: this.#asOf,
      lookedAtNs: this.#lookedAtNs,
      tables: [
        ...round.tables.map((followed) => ({
          name: followed.table.primary.name,
          state: waiting.includes(followed) ? ("copying" as const) : ("live" as const),
          absence: null,
          detail: null,
        })),
        ...round.absent.map((table) => ({ ...table, state: "absent" as const })),
      ],
      rows: this.#rows,
      primaryChanged: this.#primaryChanged,
    })
    return true
  }
}
