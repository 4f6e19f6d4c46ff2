import { classifyError } from "../errors/classify.ts"
import type { Finding } from "../errors/finding.ts"
import { isUnderstudyError, UnderstudyError } from "../errors/understudy-error.ts"
import type { Engine, EngineSource, Limits, ServedAccess } from "../engine/contract.ts"
import { PostgresEngine } from "../engine/postgres/engine.ts"
import type { Candidate } from "../plan/plan.ts"
import { Backoff } from "./backoff.ts"
import type { Conflicts } from "./conflicts-contract.ts"
import { PrimaryConflicts } from "./conflicts.ts"
import type { ControllerOptions, ControllerStatus } from "./controller-contract.ts"
import { FallbackSide } from "./fallback-side.ts"
import { Gate } from "./gate.ts"
import {
  connectionStateOf,
  contextOf,
  INITIAL_STATE,
  reduce,
  servingCandidate,
  watchOf,
  type MachineContext,
  type MachineEffect,
  type MachineEvent,
  type MachineState,
} from "./machine.ts"
import { Monitor } from "./monitor.ts"
import { openWrites } from "./open-writes.ts"
import { ParkedCount } from "./parked-count.ts"
import { findingFor, openCandidate, postgresOptions, type Opened, type OpenedFile } from "./open-candidate.ts"
import type { Returned } from "./return-to-primary.ts"
import type { StandIn } from "./stand-in.ts"
import { StateLog } from "./state-log.ts"
import { discard, isFallbackFile, migrateOpened } from "./opened-file.ts"
import { ToldFindings } from "./told-findings.ts"
import { WayBack } from "./way-back.ts"
import {
  aheadFindings,
  isOfOutage,
  migrationFailed,
  notServing,
  ofReturn,
  whatHinders,
  whyNotReturned,
} from "./what-to-tell.ts"

/** Runs the machine: opens what it says, tells it what came of that, and knows which engine serves. */
export class Controller implements EngineSource {
  readonly #options: ControllerOptions
  readonly #context: MachineContext
  readonly #closing = new AbortController()
  readonly #fallbackSide: FallbackSide
  readonly #gate = new Gate()
  readonly #log: StateLog
  readonly #findings: ToldFindings
  readonly #monitor: Monitor | undefined
  readonly #parked: ParkedCount
  /** What is parked on the primary for a person. */
  readonly conflicts: Conflicts
  #state: MachineState = INITIAL_STATE
  #since: Date
  #opened: Opened | undefined
  /** Opened, and being migrated, or awaiting what is handed back. */
  #opening: Opened | undefined
  #wayBack: WayBack | undefined
  /** From then on the fallback takes writes, on the monotonic clock: an outage that is over before was none. */
  #settledAtMs = 0
  readonly #backoff = new Backoff()
  #work: Promise<void> = Promise.resolve()
  #revision = 0

  constructor(options: ControllerOptions) {
    this.#options = options
    const { plan, clock } = options
    this.#context = contextOf(plan)
    this.#since = clock.now()
    this.#log = new StateLog(options)
    this.#findings = new ToldFindings(plan, this.#log)
    this.#fallbackSide = new FallbackSide(options, {
      changed: () => this.#changed(),
      found: (found) => {
        this.#findings.tell(found)
        this.#parked.changed()
      },
    })
    this.#parked = new ParkedCount({
      counted: (open) => {
        this.#findings.keep("journal.parked", open === 0 ? null : { count: open })
        this.#changed()
      },
      failed: (error) => this.#log.notAsked(error),
    })
    this.conflicts = new PrimaryConflicts(options, {
      serving: () => (this.#state.name === "primary" ? this.#gate.engine : undefined),
      reason: () => connectionStateOf(this.#state).reason,
      settled: (engine) => void this.#parked.ask(engine),
      suspect: (engine, error) => this.suspect(engine, error),
    })
    const [primary] = plan.candidates
    if (primary?.kind !== "postgresql") return
    const postgres = postgresOptions(primary, options, this.#fallbackSide.mirrors)
    this.#monitor = new Monitor(
      { ...options, postgres },
      {
        lost: (why) => this.#lost(why),
        back: () => void this.#back(),
        probed: ({ ok }) => {
          if (ok) this.#gate.clear()
          this.#changed()
        },
      },
    )
  }

  start(): void {
    this.#log.start()
    if (this.#context.owed !== null) this.#settleLater()
    this.#dispatch({ type: "start" })
  }

  current(access: ServedAccess): Engine | undefined {
    this.#used()
    return this.#gate.current(access)
  }

  async serving(limits: Limits, access: ServedAccess): Promise<Engine> {
    return (
      this.current(access) ??
      this.#gate.serving(access, limits, (limitMs) => notServing(this.#state, limitMs))
    )
  }

  #used(): void {
    this.#fallbackSide.used()
    this.#monitor?.used()
    this.#parked.used(this.#gate.engine)
  }

  readOnlyReason(engine: Engine): string | undefined {
    return engine.role === "fallback" ? this.#fallbackSide.standIn?.refusesWrites : undefined
  }

  asOf(engine: Engine): Date | null {
    return engine.role === "fallback" ? (this.#fallbackSide.standIn?.asOf ?? null) : null
  }

  acknowledged(engine: Engine): void {
    if (engine.role === "fallback") this.#changed()
    else this.#fallbackSide.acknowledged(engine)
  }

  /** Until a probe has answered, nobody gets this engine: it may be lost to all. */
  suspect(engine: Engine, error: unknown): void {
    if (engine !== this.#gate.engine || engine.role !== "primary" || this.#gate.inDoubt) return
    this.#log.lostConnection(error)
    this.#gate.doubt()
    this.#monitor?.suspect()
  }

  /** Grows whenever the status may have changed. */
  get revision(): number {
    return this.#revision
  }

  #changed(): void {
    this.#revision += 1
  }

  status(): ControllerStatus {
    const { standIn } = this.#fallbackSide
    return {
      ...connectionStateOf(this.#state),
      since: this.#since,
      candidate: servingCandidate(this.#state),
      engine: this.#gate.engine,
      findings: this.#findings.all(
        [...this.#fallbackSide.findings, ...(this.#monitor?.findings ?? [])],
        this.#state.name === "primary",
      ),
      migrationFailed: "halted" in this.#state,
      copy: standIn?.copy ?? null,
      mirror: this.#fallbackSide.status(),
      lastProbe: this.#monitor?.lastSample ?? null,
      pending: standIn?.left() ?? null,
      parked: this.#parked.open,
    }
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
    this.#changed()
    if (connectionStateOf(before).state !== connectionStateOf(state).state) this.#entered()
    for (const effect of effects) this.#perform(effect)
    this.#gate.serve(servingCandidate(state) === null ? undefined : this.#opened?.engine)
    this.#aim()
  }

  #entered(): void {
    this.#since = this.#options.clock.now()
    this.#log.entered(
      connectionStateOf(this.#state),
      servingCandidate(this.#state) === null ? null : (this.#opened?.engine.dialect ?? null),
      this.#findings.own,
    )
  }

  /** Tells the monitor what it has to watch for. */
  #aim(): void {
    const side = watchOf(this.#context, this.#state)
    if (side === "none") return
    const { engine } = this.#opened ?? {}
    if (side === "serving" && engine instanceof PostgresEngine) this.#monitor?.watch("serving", { engine })
    if (side === "away")
      this.#monitor?.watch("away", {
        writesHeld: this.#gate.holdsWrites() && !this.#owes(),
        staysAwake: () => this.#owes(),
      })
  }

  #perform(effect: MachineEffect): void {
    switch (effect.type) {
      case "open":
        this.#work = this.#open(effect.candidate)
        return
      case "drop-primary":
        // Whoever waits for its answers is free at once.
        void this.#opened?.engine.close()
        this.#opened = undefined
        return
      case "return":
        this.#work = this.#return()
        return
      case "shut":
        this.#work = this.#shut(this.#work)
        return
      default:
        effect satisfies never
    }
  }

  #owes(): boolean {
    return this.#fallbackSide.standIn?.owes() ?? false
  }

  #lost(why: Finding): void {
    this.#findings.note(why)
    // On the way back the fallback takes writes already.
    if (this.#state.name === "primary") this.#settleLater()
    this.#dispatch({ type: "primary-lost", reason: why.code })
  }

  async #back(): Promise<void> {
    await this.#backoff.untilDue(this.#closing.signal)
    this.#dispatch({ type: "primary-back" })
  }

  #settleLater(): void {
    this.#settledAtMs = performance.now() + this.#options.settings.fallbackAfterMs
  }

  async #open(index: number): Promise<void> {
    const candidate = this.#options.plan.candidates[index]
    if (candidate === undefined) return
    let opened: Opened | OpenedFile | undefined
    try {
      opened = await this.#openCandidate(candidate)
      this.#opening = opened
      const { ahead } = await migrateOpened(opened, this.#options.migrations)
      if (this.#closing.signal.aborted) return await discard(opened)
      if (opened.engine.role === "primary") this.#findings.forget(isOfOutage)
      this.#findings.tell([...opened.findings, ...aheadFindings(ahead)])
      this.#serve(index, opened)
    } catch (error) {
      if (opened !== undefined) await discard(opened)
      if (!this.#closing.signal.aborted) this.#failed(candidate, index, error)
    }
  }

  #openCandidate(candidate: Candidate): Promise<Opened | OpenedFile> {
    if (candidate.kind === "sqlite" && candidate.role === "fallback")
      return this.#fallbackSide.open(candidate)
    const { mirrors: mirrored } = this.#fallbackSide
    return openCandidate(candidate, this.#options, { mirrored, signal: this.#closing.signal })
  }

  #serve(candidate: number, opened: Opened | OpenedFile): void {
    const standIn = isFallbackFile(opened) ? this.#fallbackSide.fallbackServes(opened) : undefined
    if (standIn !== undefined) this.#gate.holdWrites("settling")
    this.#opening = undefined
    this.#opened = opened
    this.#dispatch({ type: "opened", candidate })
    if (standIn !== undefined) void this.#letWrite(standIn)
    if (opened.engine.role !== "primary") return
    this.#fallbackSide.primaryServes(opened.engine)
    this.#parked.used(opened.engine)
  }

  #failed(failed: Candidate, candidate: number, error: unknown): void {
    if (isUnderstudyError(error, "UNDERSTUDY_MIGRATION_FAILED")) {
      this.#findings.tell([migrationFailed(error, this.#options.redact)])
      this.#dispatch({ type: "migration-failed", candidate })
      if ("halted" in this.#state) this.#gate.fail(error)
      return
    }
    const reason = findingFor(failed, error, this.#options)
    // A primary's is the reason of the state that follows, and told with that.
    if (failed.kind === "sqlite") this.#findings.tell([reason])
    else this.#findings.note(reason)
    this.#dispatch({ type: "open-failed", candidate, reason: reason.code })
  }

  /** Once the outage has lasted long enough, the fallback takes writes. */
  #letWrite(standIn: StandIn): Promise<void> {
    return openWrites(standIn, {
      fromMs: this.#settledAtMs,
      signal: this.#closing.signal,
      isWanted: () => this.#fallbackSide.standIn === standIn && !this.#gate.holdsWrites("returning"),
      tried: () => {
        this.#gate.releaseWrites("settling")
        this.#changed()
        this.#aim()
      },
    })
  }

  async #return(): Promise<void> {
    const { plan, migrations } = this.#options
    const [primary] = plan.candidates
    const { standIn, mirrors: mirrored } = this.#fallbackSide
    if (primary?.kind !== "postgresql" || standIn === undefined) return
    const { signal } = this.#closing
    this.#wayBack = new WayBack({
      context: this.#options,
      migrations,
      primary,
      standIn,
      mirrored,
      signal,
      holdWrites: () => this.#gate.holdWrites("returning"),
      progressed: (progress) => {
        this.#log.handingBack(progress)
        this.#findings.keep("journal.hindered", whatHinders(progress))
        this.#changed()
      },
    })
    try {
      const { opened, returned } = await this.#wayBack.go()
      this.#returned(opened, returned, standIn)
    } catch (error) {
      // Until it is sure that they are kept.
      this.#gate.holdWrites("settling")
      this.#gate.releaseWrites("returning")
      if (!signal.aborted) this.#returnFailed(primary, error)
      void this.#letWrite(standIn)
    }
  }

  #returned(opened: Opened, returned: Returned, { file }: StandIn): void {
    this.#backoff.succeeded()
    this.#findings.forget(isOfOutage)
    this.#log.handedBack(returned.handedBack)
    this.#findings.tell([...opened.findings, ...ofReturn(returned, file)])
    this.#opened = opened
    this.#dispatch({ type: "returned" })
    this.#gate.releaseWrites("returning")
    this.#gate.releaseWrites("settling")
    this.#fallbackSide.returned(opened.engine, returned)
    this.#parked.changed()
    this.#parked.used(opened.engine)
  }

  /** Where the primary is there, and it does not come of that, it is tried again ever more seldom. */
  #returnFailed(primary: Candidate, error: unknown): void {
    if (classifyError(error) !== "connection") this.#backoff.failed()
    const reason = whyNotReturned(error, primary, this.#options)
    // Told with the state that follows.
    this.#findings.note(reason)
    this.#dispatch({ type: "return-failed", reason: reason.code })
  }

  async #shut(work: Promise<void>): Promise<void> {
    this.#log.end()
    this.#closing.abort(new UnderstudyError("UNDERSTUDY_CLOSED"))
    this.#gate.fail(new UnderstudyError("UNDERSTUDY_CLOSED"))
    this.#monitor?.close()
    // A migration may wait for another instance's lock: nobody waits for it any more.
    await this.#opening?.engine.close()
    await this.#wayBack?.giveUp()
    await work
    await this.#fallbackSide.close()
    if (this.#opened !== undefined) await discard(this.#opened)
    this.#opened = undefined
  }
}
