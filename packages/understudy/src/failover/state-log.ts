import type { Logger } from "../base/logger.ts"
import type { Redactor } from "../base/redact.ts"
import { type Finding } from "../errors/finding.ts"
import type { EngineDialect } from "../engine/contract.ts"
import type { Plan } from "../plan/plan.ts"
import type { ReplayProgress } from "../replay/replay-result.ts"
import type { HandedBack } from "./hand-back.ts"
import type { ConnectionState, StateReason } from "./connection-state.ts"

const REMINDER_MS = 5 * 60_000
const DEGRADED: ReadonlySet<ConnectionState> = new Set(["fallback", "returning"])
/** So often it is said how far the return is. */
const PROGRESS_MS = 10_000

/** What the plan suspects of the way to PostgreSQL: worth a word only where PostgreSQL does not answer. */
export function isSuspicion({ code }: Finding): boolean {
  return code.startsWith("host.")
}

/** What a log of states works with. */
export interface StateLogOptions {
  readonly logger: Logger
  readonly plan: Plan
  readonly redact: Redactor
}

/** Says what becomes of the database: one line when the state changes, at `warn` when degraded, repeated while it lasts. */
export class StateLog {
  readonly #logger: Logger
  readonly #plan: Plan
  readonly #redact: Redactor
  #reminder: NodeJS.Timeout | undefined
  #saidMs = performance.now()

  constructor({ logger, plan, redact }: StateLogOptions) {
    this.#logger = logger
    this.#plan = plan
    this.#redact = redact
  }

  start(): void {
    for (const found of this.#plan.findings)
      if (found.severity !== "info" && !isSuspicion(found)) this.tell(found)
  }

  tell({ code, message, remedy }: Finding): void {
    this.#logger.warn({ code, remedy }, message)
  }

  lostConnection(error: unknown): void {
    this.#logger.warn({ detail: this.#detailOf(error) }, "a connection to the database was lost")
  }

  /** While it lasts. */
  handingBack({ done, pending, perSecond, parked }: ReplayProgress): void {
    const nowMs = performance.now()
    if (nowMs - this.#saidMs < PROGRESS_MS) return
    this.#saidMs = nowMs
    this.#logger.info(
      { handingBack: { done, pending, perSecond, parked } },
      `${done} row changes are handed back, about ${pending} are left`,
    )
  }

  handedBack(handedBack: HandedBack): void {
    const { transactions, changes, parked } = handedBack
    if (transactions + parked === 0) return
    this.#logger.info(
      { handedBack },
      `PostgreSQL has taken over ${transactions} transactions with ${changes} row changes; ${parked} are parked`,
    )
  }

  notAsked(error: unknown): void {
    this.#logger.debug({ detail: this.#detailOf(error) }, "it could not be asked what is parked")
  }

  #detailOf(error: unknown): string {
    return this.#redact(error instanceof Error ? error.message : String(error))
  }

  entered(
    { state, reason }: { readonly state: ConnectionState; readonly reason: StateReason },
    engine: EngineDialect | null,
    findings: readonly Finding[],
  ): void {
    clearInterval(this.#reminder)
    this.#saidMs = performance.now()
    const found = [...this.#plan.findings, ...findings].find(({ code }) => code === reason)
    const fields = { state, reason, engine, remedy: found?.remedy }
    const why = state === "returning" ? "its writes are still handed back" : (found?.message ?? reason)
    const warn = (): void => this.#logger.warn(fields, `the database is degraded: ${why}`)
    if (state === "fallback") warn()
    else this.#logger.info(fields, `the database is ${state}`)
    if (state === "fallback") for (const each of this.#plan.findings) if (isSuspicion(each)) this.tell(each)
    if (DEGRADED.has(state)) this.#reminder = setInterval(warn, REMINDER_MS).unref()
  }

  end(): void {
    clearInterval(this.#reminder)
  }
}
