import { abortable, delay, withDeadline } from "../base/abort.ts"
import type { Clock } from "../base/clock.ts"
import type { Logger } from "../base/logger.ts"
import { finding, type Finding } from "../errors/finding.ts"
import { isUnderstudyError, UnderstudyError } from "../errors/understudy-error.ts"
import type { Engine, EngineSource, Limits } from "../engine/contract.ts"
import { migrate, type Migrations } from "../migrate/migrate.ts"
import type { MirrorStatus } from "../mirror/mirror-status.ts"
import type { Plan } from "../plan/plan.ts"
import type { ConnectionState, StateReason } from "./connection-state.ts"
import {
  connectionStateOf,
  INITIAL_STATE,
  reduce,
  type MachineContext,
  type MachineEffect,
  type MachineEvent,
  type MachineState,
} from "./machine.ts"
import { findingFor, openCandidate, type OpenContext, type Opened } from "./open-candidate.ts"
import { FallbackSide } from "./fallback-side.ts"
import { whileAnswering } from "./while-answering.ts"

/** What the controller works with. */
export interface ControllerOptions extends OpenContext {
  readonly plan: Plan
  readonly migrations: Migrations
  readonly logger: Logger
  readonly clock: Clock
}

/** The state as the outside sees it. */
export interface ControllerStatus {
  readonly state: ConnectionState
  readonly reason: StateReason
  readonly since: Date
  readonly candidate: number | null
  readonly engine: Engine | undefined
  readonly findings: readonly Finding[]
  readonly migrationFailed: boolean
  readonly copy: "none" | "mirror" | null
  readonly mirror: MirrorStatus | null
}

const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 30_000
/** How long one waits for an engine when the call gives no limit. */
const DEFAULT_WAIT_MS = 10_000
const REMINDER_MS = 5 * 60_000

/** Runs the machine: opens what it says, tells it what came of that, and knows which engine serves. */
export class Controller implements EngineSource {
  readonly #options: ControllerOptions
  readonly #context: MachineContext
  readonly #closing = new AbortController()
  readonly #findings: Finding[] = []
  readonly #fallbackSide: FallbackSide
  #state: MachineState = INITIAL_STATE
  #since: Date
  #opened: Opened | undefined
  /** Opened, and being migrated. */
  #opening: Opened | undefined
  #serving = Promise.withResolvers<Engine>()
  #retryMs = FIRST_RETRY_MS
  #reminder: NodeJS.Timeout | undefined
  #work: Promise<void> = Promise.resolve()
  #revision = 0

  constructor(options: ControllerOptions) {
    this.#options = options
    this.#context = {
      candidates: options.plan.candidates.map((each) => ({
        role: each.kind === "postgresql" ? "primary" : each.role,
      })),
      wanted: options.plan.wanted,
    }
    this.#since = options.clock.now()
    this.#fallbackSide = new FallbackSide(options, () => (this.#revision += 1))
    this.#serving.promise.catch(() => {})
  }

  start(): void {
    for (const found of this.#options.plan.findings) {
      if (found.severity !== "info" && !isSuspicion(found)) this.#tell(found)
    }
    this.#dispatch({ type: "start" })
  }

  current(): Engine | undefined {
    this.#fallbackSide.used()
    return this.#engine
  }

  get #engine(): Engine | undefined {
    return this.#opened !== undefined && isServing(this.#state) ? this.#opened.engine : undefined
  }

  async serving(limits: Limits = {}): Promise<Engine> {
    const engine = this.current()
    if (engine !== undefined) return engine
    const timeoutMs = limits.timeoutMs ?? DEFAULT_WAIT_MS
    return withDeadline(
      { signal: limits.signal, timeoutMs },
      () => this.#notServing(timeoutMs),
      (signal) => abortable(this.#serving.promise, signal),
    )
  }

  #notServing(limitMs: number): UnderstudyError {
    const { state, reason } = connectionStateOf(this.#state)
    return state === "starting"
      ? new UnderstudyError("UNDERSTUDY_NOT_READY", { limitMs, state }, { applied: "no" })
      : new UnderstudyError("UNDERSTUDY_UNAVAILABLE", { reason }, { applied: "no" })
  }

  readOnlyReason(engine: Engine): string | undefined {
    return engine.role === "fallback" && this.#fallbackSide.isReadOnly ? "fallback.read-only" : undefined
  }

  asOf(engine: Engine): Date | null {
    return this.#fallbackSide.asOf(engine)
  }

  acknowledged(engine: Engine): void {
    this.#fallbackSide.acknowledged(engine)
  }

  suspect(_engine: Engine, error: unknown): void {
    const detail = error instanceof Error ? error.message : "unknown error"
    this.#options.logger.warn(
      { detail: this.#options.redact(detail) },
      "a connection to the database was lost",
    )
  }

  /** Grows whenever the status may have changed. */
  get revision(): number {
    return this.#revision
  }

  status(): ControllerStatus {
    const candidate = isServing(this.#state) ? this.#state.candidate : null
    return {
      ...connectionStateOf(this.#state),
      since: this.#since,
      candidate,
      engine: this.#engine,
      findings: [...this.#planFindings(), ...this.#findings, ...this.#fallbackSide.findings],
      migrationFailed: "halted" in this.#state,
      copy: this.#fallbackSide.copy,
      mirror: this.#fallbackSide.status(),
    }
  }

  /** Without what others have found too, and what was suspected of the way to PostgreSQL where it has answered. */
  #planFindings(): readonly Finding[] {
    const told = new Set(this.#fallbackSide.findings.map(({ message }) => message))
    return this.#options.plan.findings.filter(
      (found) => !told.has(found.message) && !(this.#state.name === "primary" && isSuspicion(found)),
    )
  }

  /** Ends everything. Sessions under way lose their connections. */
  async close(): Promise<void> {
    this.#dispatch({ type: "close" })
    await this.#work
  }

  #dispatch(event: MachineEvent): void {
    const before = this.#state
    const { state, effects } = reduce(this.#context, before, event)
    this.#state = state
    this.#revision += 1
    if (connectionStateOf(before).state !== connectionStateOf(state).state) this.#entered(state)
    for (const effect of effects) this.#perform(effect)
    const engine = this.#engine
    if (engine !== undefined) this.#serving.resolve(engine)
  }

  #perform(effect: MachineEffect): void {
    switch (effect.type) {
      case "open":
        this.#work = this.#open(effect.candidate)
        return
      case "retry-later":
        this.#work = this.#retryLater()
        return
      case "shut":
        this.#work = this.#shut(this.#work)
        return
      default:
        effect satisfies never
    }
  }

  async #open(index: number): Promise<void> {
    const candidate = this.#options.plan.candidates[index]
    if (candidate === undefined) return
    let opened: Opened | undefined
    try {
      const { mirrors: mirrored } = this.#fallbackSide
      const opening = await openCandidate(candidate, this.#options, {
        mirrored,
        signal: this.#closing.signal,
      })
      opened = opening
      this.#opening = opening
      const { engine } = opening
      const outcome =
        engine.role === "fallback" && "file" in opening
          ? await this.#fallbackSide.migrate(opening)
          : await whileAnswering(engine, migrate(engine, this.#options.migrations))
      if (this.#closing.signal.aborted) return await discard(opened)
      for (const found of [...opened.findings, ...aheadFindings(outcome.ahead)]) {
        this.#findings.push(found)
        this.#tell(found)
      }
      if (engine.role === "fallback" && "file" in opening) this.#fallbackSide.fallbackServes(opening)
      this.#opened = opened
      this.#dispatch({ type: "opened", candidate: index })
      if (engine.role === "primary") this.#fallbackSide.primaryServes()
    } catch (error) {
      if (opened !== undefined) await discard(opened)
      if (!this.#closing.signal.aborted) this.#failed(index, error)
    }
  }

  #failed(candidate: number, error: unknown): void {
    if (isUnderstudyError(error, "UNDERSTUDY_MIGRATION_FAILED")) {
      const [, migration = "", detail = ""] =
        /^The migration (\S+) failed: (.*)\.$/s.exec(error.message) ?? []
      const found = finding("migration.failed", { migration, detail: this.#options.redact(detail) })
      this.#note(found)
      this.#tell(found)
      this.#dispatch({ type: "migration-failed", candidate })
      this.#serving.reject(error)
      return
    }
    const failed = this.#options.plan.candidates[candidate]
    if (failed === undefined) return
    const reason = findingFor(failed, error, this.#options)
    this.#note(reason)
    // A primary's is the reason of the state that follows, and told with that.
    if (failed.kind === "sqlite") this.#tell(reason)
    this.#dispatch({ type: "open-failed", candidate, reason: reason.code })
  }

  #note(found: Finding): void {
    const index = this.#findings.findIndex(({ code }) => code === found.code)
    if (index === -1) this.#findings.push(found)
    else this.#findings[index] = found
  }

  async #retryLater(): Promise<void> {
    const pauseMs = this.#retryMs
    this.#retryMs = Math.min(LONGEST_RETRY_MS, pauseMs * 2)
    await delay(pauseMs, this.#closing.signal).catch(() => {})
    this.#dispatch({ type: "retry-due" })
  }

  async #shut(work: Promise<void>): Promise<void> {
    clearInterval(this.#reminder)
    this.#closing.abort(new UnderstudyError("UNDERSTUDY_CLOSED"))
    this.#serving.reject(new UnderstudyError("UNDERSTUDY_CLOSED"))
    // A migration may wait for another instance's lock: nobody waits for it any more.
    if (this.#opened === undefined) await this.#opening?.engine.close()
    await work
    await this.#fallbackSide.close()
    if (this.#opened !== undefined) await discard(this.#opened)
    this.#opened = undefined
  }

  #tell({ code, message, remedy }: Finding): void {
    this.#options.logger.warn({ code, remedy }, message)
  }

  /** One line when the state changes, at `warn` when degraded, repeated while it lasts. */
  #entered(state: MachineState): void {
    this.#since = this.#options.clock.now()
    clearInterval(this.#reminder)
    this.#say(state)
    if (state.name !== "fallback") return
    for (const found of this.#options.plan.findings) if (isSuspicion(found)) this.#tell(found)
    this.#reminder = setInterval(() => this.#say(state), REMINDER_MS)
    this.#reminder.unref()
  }

  #say(machineState: MachineState): void {
    const { logger, plan } = this.#options
    const { state, reason } = connectionStateOf(machineState)
    const found = [...plan.findings, ...this.#findings].find(({ code }) => code === reason)
    const fields = { state, reason, engine: this.#engine?.dialect ?? null, remedy: found?.remedy }
    if (state === "fallback") logger.warn(fields, `the database is degraded: ${found?.message ?? reason}`)
    else logger.info(fields, `the database is ${state}`)
  }
}

/** What the plan suspects of the way to PostgreSQL: worth a word only where PostgreSQL does not answer. */
function isSuspicion({ code }: Finding): boolean {
  return code.startsWith("host.")
}

function isServing(
  state: MachineState,
): state is Extract<MachineState, { candidate: number; reason: StateReason }> {
  return "reason" in state && state.candidate !== null
}

async function discard(opened: Opened): Promise<void> {
  await opened.engine.close()
  opened.release()
}

function aheadFindings(ahead: readonly string[]): Finding[] {
  if (ahead.length === 0) return []
  return [finding("migrations.primary-ahead", { count: ahead.length, newest: ahead.toSorted().at(-1) ?? "" })]
}
