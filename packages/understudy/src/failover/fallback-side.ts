import type { Logger } from "../base/logger.ts"
import { finding, type Finding } from "../errors/finding.ts"
import { isUnderstudyError } from "../errors/understudy-error.ts"
import type { Engine } from "../engine/contract.ts"
import { migrate, type MigrationOutcome, type Migrations } from "../migrate/migrate.ts"
import {
  emptyCopy,
  pendingIn,
  ranOnPrimary,
  readCopy,
  withoutCopy,
  type CopyOnDisk,
} from "../mirror/copy-on-disk.ts"
import { copyOnDiskStatus, type MirrorStatus } from "../mirror/mirror-status.ts"
import type { Candidate, Plan, PostgresCandidate, SqliteCandidate } from "../plan/plan.ts"
import { postgresOptions, type OpenContext, type OpenedFile } from "./open-candidate.ts"
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

/** The fallback as a copy of the primary: kept up while the primary serves, served from while it is away. */
export class FallbackSide {
  readonly #options: FallbackSideOptions
  readonly #changed: () => void
  readonly #primary: PostgresCandidate | undefined
  readonly #candidate: SqliteCandidate | undefined
  #standby: Standby | undefined
  /** What the file holds from which the fallback serves. */
  #onDisk: CopyOnDisk | undefined
  #findings: readonly Finding[] = []
  #usedAtMs = performance.now()
  #sleepCheck: NodeJS.Timeout | undefined

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

  /** The primary serves from now on. */
  primaryServes(): void {
    const [postgres, candidate] = [this.#primary, this.#candidate]
    if (!this.mirrors || postgres === undefined || candidate === undefined || this.#standby !== undefined)
      return
    this.#standby = new Standby({
      ...this.#options,
      candidate,
      postgres: postgresOptions(postgres, this.#options, true),
      changed: this.#changed,
    })
    this.#sleepCheck = setInterval(() => this.#sleepIfUnused(), SLEEP_CHECK_MS).unref()
  }

  #sleepIfUnused(): void {
    if (performance.now() - this.#usedAtMs > SLEEP_AFTER_MS) this.#standby?.sleep()
  }

  /** A session asks for an engine. */
  used(): void {
    this.#usedAtMs = performance.now()
    this.#standby?.wake()
  }

  /** Runs the program's migrations on a fallback's file, and on the copy in it. */
  async migrate({ engine, file }: OpenedFile): Promise<MigrationOutcome> {
    const { migrations } = this.#options
    if (file === ":memory:") return migrate(engine, migrations)
    const pending = pendingIn(file, Object.keys(migrations))
    if (ranOnPrimary(file, pending)) emptyCopy(file)
    else {
      engine.withhold(readCopy(file).withheld)
      try {
        return await migrate(engine, migrations)
      } catch (error) {
        if (!(error instanceof Error) || !isUnderstudyError(error.cause, "UNDERSTUDY_NO_COPY")) throw error
        // It asks a table of which there is no copy. What it makes of the others cannot be had.
        engine.withhold(new Map())
        emptyCopy(file)
      }
    }
    return migrate(engine, migrations)
  }

  /** The fallback serves from now on: of what it has no copy, nothing is answered. */
  fallbackServes({ engine, file, hiddenCopy }: OpenedFile): void {
    const found = readCopy(file)
    const onDisk = found.primarySeen || hiddenCopy === null ? found : withoutCopy(engine.tableNames())
    engine.withhold(onDisk.withheld)
    this.#onDisk = onDisk
    const why = this.#whyReadOnly()
    this.#findings = [
      ...(onDisk.primarySeen && onDisk.asOf === null
        ? [finding("fallback.no-copy", { file: hiddenCopy ?? file })]
        : []),
      ...(why === undefined ? [] : [finding("fallback.read-only", { why })]),
    ]
    for (const { code, message, remedy } of this.#findings)
      this.#options.logger.warn({ code, remedy }, message)
  }

  #whyReadOnly(): string | undefined {
    if (this.#options.settings.fallback !== "read-write") return "DATABASE_FALLBACK is read-only"
    return this.#onDisk?.primarySeen === true ? "they could not be handed back" : undefined
  }

  /** Does the fallback that serves take no writes? */
  get isReadOnly(): boolean {
    return this.#whyReadOnly() !== undefined
  }

  get findings(): readonly Finding[] {
    return this.#standby?.findings ?? this.#findings
  }

  /** What the fallback's answers come from; null while it does not serve. */
  get copy(): "none" | "mirror" | null {
    if (this.#onDisk === undefined) return null
    return this.#onDisk.primarySeen ? "mirror" : "none"
  }

  /** The moment of the primary that an engine's answers show. */
  asOf({ role }: Engine): Date | null {
    return role === "fallback" ? (this.#onDisk?.asOf ?? null) : null
  }

  /** The copy as it is now; null where none is wanted and none serves. */
  status(): MirrorStatus | null {
    if (this.#standby !== undefined) return this.#standby.status()
    const { settings } = this.#options
    const isWanted = this.#candidate !== undefined && settings.mirror.enabled
    if (!isWanted && this.copy !== "mirror") return null
    return copyOnDiskStatus(this.#onDisk, null)
  }

  acknowledged({ role }: Engine): void {
    if (role === "primary") this.#standby?.acknowledged()
  }

  async close(): Promise<void> {
    clearInterval(this.#sleepCheck)
    await this.#standby?.close()
  }
}
