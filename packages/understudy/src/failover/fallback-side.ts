import { dirname } from "node:path"
import { delay } from "../base/abort.ts"
import type { Logger } from "../base/logger.ts"
import { faultPoint } from "#fault-point"
import { replayMemory } from "../replay/replay-memory.ts"
import { finding, type Finding } from "../errors/finding.ts"
import type { Engine } from "../engine/contract.ts"
import { PostgresEngine } from "../engine/postgres/engine.ts"
import { IdLeases } from "../ids/id-leases.ts"
import type { Migrations } from "../migrate/migrate.ts"
import { copyOnDiskStatus, type MirrorStatus } from "../mirror/mirror-status.ts"
import type { Candidate, Plan, PostgresCandidate, SqliteCandidate } from "../plan/plan.ts"
import { holdsUnknownRows } from "./migrate-fallback.ts"
import type { Returned } from "./return-to-primary.ts"
import { Leftovers } from "./leftovers.ts"
import { openSqlite, postgresOptions, type OpenContext, type OpenedFile } from "./open-candidate.ts"
import { StandIn } from "./stand-in.ts"
import { Standby } from "./standby.ts"
import { handBackOf } from "./way-back.ts"

/** What the fallback's side works with. */
export interface FallbackSideOptions extends OpenContext {
  readonly plan: Plan
  readonly migrations: Migrations
  readonly logger: Logger
}

/** Who is told. */
export interface FallbackEvents {
  /** What is said here has changed. */
  changed(): void
  /** Something is to be said that is no matter of what serves. */
  found(findings: readonly Finding[]): void
}

/** After so long without a session the primary is left alone: a free database is kept awake by every query. */
const SLEEP_AFTER_MS = 60_000
const USE_CHECK_MS = 1_000

/** So long after the return the file is settled. Milliseconds. */
const SETTLE_AFTER_MS = 500

function isFallback(candidate: Candidate): candidate is SqliteCandidate {
  return candidate.kind === "sqlite" && candidate.role === "fallback"
}

/** The fallback: a standby beside the primary that serves, or what stands in for it while it is away. */
export class FallbackSide {
  readonly #options: FallbackSideOptions
  readonly #events: FallbackEvents
  readonly #primary: PostgresCandidate | undefined
  readonly #candidate: SqliteCandidate | undefined
  #standby: Standby | undefined
  #standIn: StandIn | undefined
  readonly #ids: IdLeases
  #usedAtMs = performance.now()
  #useCheck: NodeJS.Timeout | undefined
  /** The primary's, while it serves. */
  #engine: Engine | undefined
  /** Has it, since the process began? */
  #primaryServed = false
  #cluster: string | null = null
  /** What is being handed back beside the primary that serves. */
  #leftovers: Leftovers | undefined
  /** Why what files beside owe is kept. */
  readonly #kept = new Map<string, Finding>()
  /** What is known of handing back what a file owes from which nobody serves. */
  readonly #memories = new Map<string, SharedArrayBuffer>()
  /** The end of what stood in, after which the standby begins. */
  #ending: Promise<void> = Promise.resolve()
  #stopEnding = new AbortController()

  constructor(options: FallbackSideOptions, events: FallbackEvents) {
    this.#options = options
    this.#events = events
    this.#ids = new IdLeases({ failed: (error) => this.#notLeased(error) })
    const { candidates } = options.plan
    this.#primary = candidates.find((each) => each.kind === "postgresql")
    this.#candidate = candidates.find(isFallback)
  }

  /** Is the primary to be mirrored once it serves? */
  get mirrors(): boolean {
    const { enabled } = this.#options.settings.mirror
    return enabled && this.#primary !== undefined && this.#candidate !== undefined
  }

  /** Nothing is lost by it: ids are drawn at random then. */
  #notLeased(error: unknown): void {
    const { logger, redact } = this.#options
    const detail = redact(error instanceof Error ? error.message : String(error))
    logger.debug({ detail }, "no ids could be leased")
  }

  get standIn(): StandIn | undefined {
    return this.#standIn
  }

  /** Known from the first moment on: the next outage may begin before the standby. */
  #served(engine: Engine): void {
    this.#primaryServed = true
    this.#cluster = engine instanceof PostgresEngine ? engine.server.cluster : null
  }

  /** The primary serves from now on. */
  primaryServes(engine: Engine): void {
    this.#served(engine)
    const [primary, candidate] = [this.#primary, this.#candidate]
    if (primary === undefined || candidate === undefined || this.#standby !== undefined) return
    const leftovers = this.#leftoversFor(engine, primary)
    this.#leftovers = leftovers
    this.#standby = new Standby({
      ...this.#options,
      candidate,
      postgres: postgresOptions(primary, this.#options, true),
      cluster: this.#cluster,
      mirrors: this.mirrors,
      handBack: (file) => leftovers.handBack(file),
      began: (file) => leftovers.handBackBeside(file),
      changed: () => this.#events.changed(),
      primaryChanged: () => this.#ids.void(),
    })
    this.#engine = engine
    this.#useCheck ??= setInterval(() => this.#checkUse(), USE_CHECK_MS).unref()
  }

  /** What this file and those beside it owe is handed back, though none of them stands in. */
  #leftoversFor(engine: Engine, primary: PostgresCandidate): Leftovers {
    const { migrations, redact, logger } = this.#options
    const context = this.#options
    const progressed = (): void => this.#events.changed()
    const means = { engine, context, migrations, primary, progressed }
    return new Leftovers({
      redact,
      logger,
      kept: this.#kept,
      makeHandBack: (file) => handBackOf(file, { ...means, memory: this.#memoryOf(file) }),
      found: (findings) => this.#events.found(findings),
    })
  }

  #memoryOf(file: string): SharedArrayBuffer {
    const memory = this.#memories.get(file) ?? replayMemory()
    this.#memories.set(file, memory)
    return memory
  }

  /** Opens a file to stand in: the standby's, where there is one. @throws OpenFailure */
  async open(candidate: SqliteCandidate): Promise<OpenedFile> {
    await this.#stopWhatFollows()
    const standby = this.#standby
    this.#standby = undefined
    this.#engine = undefined
    return (await standby?.handOver()) ?? openSqlite(candidate, this.#options)
  }

  /** The fallback serves from now on. */
  fallbackServes(opened: OpenedFile): StandIn {
    const { redact, logger } = this.#options
    const isUnknown = holdsUnknownRows(opened.file)
    opened.engine.drawIdsFrom(this.#ids.source)
    this.#standIn = new StandIn({
      opened,
      primaryServed: this.#primaryServed,
      cluster: this.#cluster,
      keepsWrites: opened.file !== ":memory:" && !isUnknown,
      holdsUnknownRows: isUnknown,
      refusesWrites: this.#whyReadOnly(opened, isUnknown),
      redact,
      logger,
    })
    faultPoint("failover.fallback-opened")
    return this.#standIn
  }

  /** The primary serves again: what is read on the fallback ends, then its file is the standby's. */
  returned(engine: Engine, returned: Returned): void {
    faultPoint("failover.primary-serves")
    this.#served(engine)
    this.#stopEnding = new AbortController()
    this.#ending = this.#returned(engine, returned, this.#stopEnding.signal)
  }

  async #returned(engine: Engine, { outdated, held }: Returned, signal: AbortSignal): Promise<void> {
    const standIn = this.#standIn
    this.#standIn = undefined
    if (held === "primary-changed") this.#ids.void()
    // To close and settle a file blocks the process: those who have waited for the primary go first.
    await delay(SETTLE_AFTER_MS, signal).catch(() => {})
    // The file knows already what it needs: who opens it next does the rest.
    await standIn?.end(outdated, signal).catch((error: unknown) => this.#notSettled(standIn.file, error))
    if (!signal.aborted) this.primaryServes(engine)
  }

  /** However much there is to forget: what comes now does not wait for it. */
  async #stopWhatFollows(): Promise<void> {
    this.#stopEnding.abort()
    await this.#ending
    await this.#leftovers?.stop()
  }

  #notSettled(file: string, error: unknown): void {
    const detail = `${file}: ${error instanceof Error ? error.message : String(error)}`
    const found = finding("storage.file-unusable", {
      folder: dirname(file),
      detail: this.#options.redact(detail),
    })
    this.#options.logger.warn({ code: found.code, remedy: found.remedy }, found.message)
  }

  #whyReadOnly({ file }: OpenedFile, isUnknown: boolean): string | undefined {
    if (this.#options.settings.fallback !== "read-write") return "DATABASE_FALLBACK is read-only"
    if (this.#primary !== undefined && file === ":memory:")
      return "they could be kept in memory only, and not be handed back"
    if (this.#primary !== undefined && isUnknown) return "its file holds rows that PostgreSQL never had"
    return undefined
  }

  #checkUse(): void {
    const [engine, standby] = [this.#engine, this.#standby]
    if (engine === undefined || standby === undefined) return
    const unusedMs = performance.now() - this.#usedAtMs
    const takesWrites = this.#options.settings.fallback === "read-write"
    if (takesWrites && unusedMs < USE_CHECK_MS) void this.#ids.topUp(engine, standby.tables)
    if (unusedMs > SLEEP_AFTER_MS) standby.sleep()
  }

  /** A session asks for an engine. */
  used(): void {
    this.#usedAtMs = performance.now()
    this.#standby?.wake()
  }

  get findings(): readonly Finding[] {
    const own = this.#standby?.findings ?? this.#standIn?.findings ?? []
    return [...own, ...this.#kept.values()]
  }

  /** The copy as it is now; null where none is wanted and none serves. */
  status(): MirrorStatus | null {
    if (this.#standby !== undefined) return this.mirrors ? this.#standby.status() : null
    if (this.#standIn?.copy === "mirror") return this.#standIn.status()
    const isWanted = this.#candidate !== undefined && this.#options.settings.mirror.enabled
    return isWanted ? (this.#standIn?.status() ?? copyOnDiskStatus(undefined, null)) : null
  }

  acknowledged({ role }: Engine): void {
    if (role === "primary") this.#standby?.acknowledged()
  }

  async close(): Promise<void> {
    clearInterval(this.#useCheck)
    await this.#stopWhatFollows()
    await this.#standby?.close()
    const standIn = this.#standIn
    this.#standIn = undefined
    await standIn?.close()
  }
}
