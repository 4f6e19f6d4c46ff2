import type { Logger } from "../base/logger.ts"
import type { Finding } from "../errors/finding.ts"
import type { Engine } from "../engine/contract.ts"
import type { Migrations } from "../migrate/migrate.ts"
import { copyOnDiskStatus, type MirrorStatus } from "../mirror/mirror-status.ts"
import type { Candidate, Plan, PostgresCandidate, SqliteCandidate } from "../plan/plan.ts"
import { openSqlite, postgresOptions, type OpenContext, type OpenedFile } from "./open-candidate.ts"
import { StandIn } from "./stand-in.ts"
import { Standby } from "./standby.ts"

/** What the fallback's side works with. */
export interface FallbackSideOptions extends OpenContext {
  readonly plan: Plan
  readonly migrations: Migrations
  readonly logger: Logger
}

/** After so long without a session the primary is left alone: a free database is kept awake by every query. */
const SLEEP_AFTER_MS = 60_000
const SLEEP_CHECK_MS = 5_000

function isFallback(candidate: Candidate): candidate is SqliteCandidate {
  return candidate.kind === "sqlite" && candidate.role === "fallback"
}

/** The fallback: a standby beside the primary that serves, or what stands in for it while it is away. */
export class FallbackSide {
  readonly #options: FallbackSideOptions
  readonly #changed: () => void
  readonly #primary: PostgresCandidate | undefined
  readonly #candidate: SqliteCandidate | undefined
  #standby: Standby | undefined
  #standIn: StandIn | undefined
  #usedAtMs = performance.now()
  #sleepCheck: NodeJS.Timeout | undefined
  #closed = false

  /** `changed` is told whenever what is said here has changed. */
  constructor(options: FallbackSideOptions, changed: () => void) {
    this.#options = options
    this.#changed = changed
    const { candidates } = options.plan
    this.#primary = candidates.find((each) => each.kind === "postgresql")
    this.#candidate = candidates.find(isFallback)
  }

  /** Is the primary to be mirrored once it serves? */
  get mirrors(): boolean {
    const { enabled } = this.#options.settings.mirror
    return enabled && this.#primary !== undefined && this.#candidate !== undefined
  }

  get standIn(): StandIn | undefined {
    return this.#standIn
  }

  /** The primary serves from now on. */
  primaryServes(): void {
    const [primary, candidate] = [this.#primary, this.#candidate]
    if (primary === undefined || candidate === undefined || this.#standby !== undefined) return
    this.#standby = new Standby({
      ...this.#options,
      candidate,
      postgres: postgresOptions(primary, this.#options, true),
      mirrors: this.mirrors,
      changed: this.#changed,
    })
    this.#sleepCheck ??= setInterval(() => this.#sleepIfUnused(), SLEEP_CHECK_MS).unref()
  }

  /** Opens a file to stand in: the standby's, where there is one. @throws OpenFailure */
  async open(candidate: SqliteCandidate): Promise<OpenedFile> {
    const standby = this.#standby
    this.#standby = undefined
    return (await standby?.handOver()) ?? openSqlite(candidate, this.#options)
  }

  /** The fallback serves from now on. */
  fallbackServes(opened: OpenedFile): StandIn {
    const { redact, logger } = this.#options
    this.#standIn = new StandIn({
      opened,
      returns: this.#primary !== undefined,
      refusesWrites: this.#whyReadOnly(opened),
      redact,
      logger,
    })
    return this.#standIn
  }

  /**
   * The primary serves again: what is read on the fallback ends, then its file is the standby's.
   *
   * @param outdated The tables whose copy is to be made anew.
   */
  async returned(outdated: readonly string[]): Promise<void> {
    const standIn = this.#standIn
    this.#standIn = undefined
    await standIn?.end(outdated)
    if (!this.#closed) this.primaryServes()
  }

  #whyReadOnly({ file }: OpenedFile): string | undefined {
    if (this.#options.settings.fallback !== "read-write") return "DATABASE_FALLBACK is read-only"
    if (this.#primary !== undefined && file === ":memory:")
      return "they could be kept in memory only, and not be handed back"
    return undefined
  }

  #sleepIfUnused(): void {
    if (performance.now() - this.#usedAtMs > SLEEP_AFTER_MS) this.#standby?.sleep()
  }

  /** A session asks for an engine. */
  used(): void {
    this.#usedAtMs = performance.now()
    this.#standby?.wake()
  }

  get findings(): readonly Finding[] {
    return this.#standby?.findings ?? this.#standIn?.findings ?? []
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
    this.#closed = true
    clearInterval(this.#sleepCheck)
    await this.#standby?.close()
    await this.#standIn?.close()
  }
}
