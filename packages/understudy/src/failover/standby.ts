import { delay } from "../base/abort.ts"
import { systemClock } from "../base/clock.ts"
import type { Logger } from "../base/logger.ts"
import { finding, type Finding, type FindingCode } from "../errors/finding.ts"
import type { PostgresOptions } from "../engine/postgres/options.ts"
import { setAside } from "../engine/sqlite/file-check.ts"
import { programTableNames } from "../engine/sqlite/program-tables.ts"
import { lookAtFile } from "../host/file-facts.ts"
import { stopCapture } from "../journal/local/capture.ts"
import { migrate, type Migrations } from "../migrate/migrate.ts"
import { emptyCopy, keepForPrimary, pendingIn, readCopy, type CopyOnDisk } from "../mirror/copy-on-disk.ts"
import { Mirror } from "../mirror/mirror.ts"
import type { MirrorFailure } from "../mirror/mirror-failure.ts"
import type { MirrorProgress } from "../mirror/mirror-progress.ts"
import { mirrorStatus, type MirrorCondition, type MirrorStatus } from "../mirror/mirror-status.ts"
import type { SqliteCandidate } from "../plan/plan.ts"
import { describeEndpoint } from "../url/render.ts"
import { holdsUnknownRows } from "./migrate-fallback.ts"
import { openClaimed, openSqlite, type OpenContext, type OpenedFile } from "./open-candidate.ts"

/** What a standby works with. */
export interface StandbyOptions extends OpenContext {
  readonly candidate: SqliteCandidate
  readonly postgres: PostgresOptions
  /** The primary's cluster and timeline; null where it does not tell. */
  readonly cluster: string | null
  /** Is a copy of the primary kept in the file? If not, the file only waits for its use. */
  readonly mirrors: boolean
  readonly migrations: Migrations
  readonly logger: Logger
  /** Hands back what the file owes the primary, before it becomes its copy. */
  handBack(file: string): Promise<void>
  /** Told the file that is to be its copy. */
  began(file: string): void
  /** Told whenever what the standby says has changed. */
  changed(): void
  /** Told that the primary is another one than the file knew, or was set back. */
  primaryChanged(): void
}

const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 60_000

/** So long the mirror works before it pauses; its thread gives way to the service's besides. Milliseconds. */
const THROTTLE = { workMs: 20, pauseMs: 1 }

/** The fallback beside the primary that serves: its file, claimed, migrated, and kept a copy. */
export class Standby {
  readonly #options: StandbyOptions
  readonly #closing = new AbortController()
  #condition: MirrorCondition = { name: "starting" }
  #onDisk: CopyOnDisk | undefined
  #progress: MirrorProgress | undefined
  #acknowledgedNs: bigint | undefined
  #mirror: Mirror | undefined
  #isAsleep = false
  #findings: readonly Finding[] = []
  /** The last of the findings that is about a failure. */
  #failure: Finding | undefined
  #release = (): void => {}
  #file: string | undefined
  #tables: readonly string[] = []
  /** That a file was set aside because the mirror met damage in it. */
  #aside: Finding | undefined
  #ready: Promise<void>

  constructor(options: StandbyOptions) {
    this.#options = options
    this.#ready = this.#prepare()
  }

  /** The copy as it is now. */
  status(): MirrorStatus {
    return mirrorStatus({
      condition: this.#condition,
      progress: this.#progress,
      onDisk: this.#onDisk,
      acknowledgedNs: this.#acknowledgedNs,
    })
  }

  /** The names of the program's tables; none before the file is migrated. */
  get tables(): readonly string[] {
    return this.#tables
  }

  get findings(): readonly Finding[] {
    return this.#failure === undefined ? this.#findings : [...this.#findings, this.#failure]
  }

  /** The primary has acknowledged a write of this process. */
  acknowledged(): void {
    const held =
      this.#acknowledgedNs === undefined || (this.#progress?.lookedAtNs ?? 0n) > this.#acknowledgedNs
    this.#acknowledgedNs = process.hrtime.bigint()
    if (held) this.#options.changed()
  }

  /**
   * Nobody uses the database: the primary is left alone, and not asked whether it is back. A copy that is being made is
   * made to its end first: it would begin anew each time.
   */
  sleep(): void {
    const isMaking = this.#condition.name === "starting" || this.#progress?.state === "copying"
    if (this.#isAsleep || (isMaking && this.#condition.name !== "stopped")) return
    this.#isAsleep = true
    this.#mirror?.pause()
    if (this.#condition.name === "running") this.#become({ name: "asleep" })
  }

  /** Somebody uses it again: the copy catches up first. */
  wake(): void {
    if (!this.#isAsleep) return
    this.#isAsleep = false
    if (this.#condition.name === "asleep") this.#become({ name: "starting" })
    this.#mirror?.resume()
  }

  async #prepare(): Promise<void> {
    const { signal } = this.#closing
    for (let pauseMs = FIRST_RETRY_MS; !signal.aborted; pauseMs = Math.min(LONGEST_RETRY_MS, pauseMs * 2)) {
      try {
        return await this.#begin()
      } catch (error) {
        this.#giveUpFile()
        if (signal.aborted) return
        const message = error instanceof Error ? error.message : "unknown error"
        this.#failed({ reason: "mirror.failed", message })
        await delay(pauseMs, signal).catch(() => {})
      }
    }
  }

  /** Opens the file, and starts the mirror into it. Rejects where another try may go better. */
  async #begin(): Promise<void> {
    const { candidate, postgres, settings, migrations } = this.#options
    const opened = openSqlite(candidate, this.#options)
    this.#release = () => opened.release()
    const { file, engine, findings } = opened
    this.#file = file
    this.#sayNew(findings)
    this.#findings = this.#aside === undefined ? findings : [this.#aside, ...findings]
    try {
      if (file === ":memory:")
        return this.#stop(finding("mirror.no-file", { detail: "the database is in memory" }))
      // Not where the plan has looked, perhaps: another process may hold that file.
      if (lookAtFile(file).userRows === "unknown") throw new Error(`${file} cannot be looked into`)
      if (holdsUnknownRows(file)) return this.#stop(finding("data.not-returned", { file }))
      // A process that was killed, or ended while it stood in, has left its triggers behind.
      await engine.withWriter((database) => stopCapture(database))
      await this.#options.handBack(file)
      keepForPrimary(file, this.#options.cluster)
      this.#onDisk = readCopy(file)
      const pending = pendingIn(file, Object.keys(migrations))
      // Rows that are copied anew anyway would only make the migrations, which run on the main thread, slow.
      if (pending.length > 0) emptyCopy(file)
      await migrate(engine, migrations)
      this.#tables = engine.look(programTableNames)
    } finally {
      await engine.close()
    }
    if (this.#closing.signal.aborted) return
    this.#options.began(file)
    if (!this.#options.mirrors) return
    const { exclude, maxRows, maxBytes } = settings.mirror
    this.#mirror = new Mirror(
      { postgres, file, limits: { exclude, maxRows, maxBytes }, throttle: THROTTLE },
      { progressed: (progress) => this.#progressed(progress), failed: (failure) => this.#failed(failure) },
    )
  }

  /** A damaged copy is set aside, and another one is made. What it may owe the primary stays in it, and is told of. */
  async #beginAnew(detail: string): Promise<void> {
    await this.#mirror?.stop()
    this.#mirror = undefined
    if (this.#closing.signal.aborted || this.#file === undefined) return
    try {
      this.#aside = setAside(this.#file, detail, systemClock)
    } catch {
      return this.#failed({ reason: "mirror.failed", message: detail })
    }
    this.#say(this.#aside)
    this.#giveUpFile()
    this.#progress = undefined
    this.#onDisk = undefined
    this.#become({ name: "starting" })
    await this.#prepare()
  }

  #giveUpFile(): void {
    this.#file = undefined
    this.#release()
    this.#release = () => {}
  }

  #progressed(progress: MirrorProgress): void {
    const before = this.#progress
    this.#progress = progress
    this.#failure = undefined
    if (
      JSON.stringify(before?.tables) !== JSON.stringify(progress.tables) ||
      before?.primaryChanged !== progress.primaryChanged
    )
      this.#note(progress)
    if (progress.primaryChanged && before?.primaryChanged !== true) this.#options.primaryChanged()
    this.#become({ name: "running" })
  }

  #note({ tables, primaryChanged }: MirrorProgress): void {
    const absent = tables.filter(({ absence }) => absence !== null && absence !== "excluded")
    const named = absent.map(
      ({ name, absence, detail }) => `${name} (${absence}${detail === null ? "" : `: ${detail}`})`,
    )
    const found = [
      ...(primaryChanged
        ? [finding("primary.changed", { endpoint: describeEndpoint(this.#options.postgres.parts) })]
        : []),
      ...(absent.length > 0 ? [finding("mirror.tables-left-out", { tables: named.join(", ") })] : []),
    ]
    this.#sayNew(found)
    const others = this.#findings.filter(({ code }) => !NOTED.has(code))
    this.#findings = [...others, ...found]
  }

  #failed({ reason, message }: MirrorFailure): void {
    if (reason === "storage.corrupt") {
      // Once: what damages the file again would fill the disk.
      if (this.#aside === undefined) this.#ready = this.#beginAnew(message)
      else this.#failed({ reason: "mirror.failed", message })
      return
    }
    this.#stop(finding(reason, { detail: this.#options.redact(message) }))
  }

  #stop(found: Finding): void {
    if (this.#failure?.message !== found.message) this.#say(found)
    this.#failure = found
    this.#become({ name: "stopped", reason: found.code })
  }

  #sayNew(found: readonly Finding[]): void {
    for (const each of found)
      if (!this.#findings.some(({ message }) => message === each.message)) this.#say(each)
  }

  #say({ code, severity, message, remedy }: Finding): void {
    const { logger } = this.#options
    if (severity === "info") logger.info({ code, remedy }, message)
    else logger.warn({ code, remedy }, message)
  }

  #become(condition: MirrorCondition): void {
    if (this.#closing.signal.aborted) return
    this.#condition = condition
    this.#options.changed()
  }

  /** Ends the mirror, and gives the file to whoever serves from it, open; undefined where it never got one. */
  async handOver(): Promise<OpenedFile | undefined> {
    await this.#end()
    const [file, release] = [this.#file, this.#release]
    if (file === undefined || file === ":memory:") {
      this.#giveUpFile()
      return undefined
    }
    this.#release = () => {}
    return openClaimed(this.#options.candidate, { file, findings: [], release }, this.#options)
  }

  /** Ends the mirror and gives the file up. */
  async close(): Promise<void> {
    await this.#end()
    this.#giveUpFile()
  }

  /** What the mirror was about to write is there as a whole, or not at all. */
  async #end(): Promise<void> {
    this.#closing.abort()
    await this.#ready
    await this.#mirror?.stop()
  }
}

const NOTED: ReadonlySet<FindingCode> = new Set(["primary.changed", "mirror.tables-left-out"])
