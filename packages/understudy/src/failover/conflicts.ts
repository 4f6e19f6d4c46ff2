import type { ApplyConflictOptions, Conflicts, ListConflictsOptions } from "./conflicts-contract.ts"
import type { ParkedTransaction, Reapplied, ShownTransaction } from "../replay/parked.ts"
import type { Redactor } from "../base/redact.ts"
import { classifyError } from "../errors/classify.ts"
import { isUnderstudyError, UnderstudyError } from "../errors/understudy-error.ts"
import { toDatabaseError } from "../engine/postgres/errors.ts"
import type { Engine } from "../engine/contract.ts"
import { PostgresEngine } from "../engine/postgres/engine.ts"
import { listParked, showParked } from "../replay/parked-list.ts"
import { dismissParked, reapplyParked } from "../replay/settle.ts"
import { settleFailure } from "../replay/settle-failure.ts"
import { unknownConflict } from "../replay/settle-problem.ts"
import type { Client } from "pg"
import type { OpenContext } from "./open-candidate.ts"

/** What the conflicts have to do with what serves. */
export interface ConflictsGround {
  /** What serves, where it is the primary. */
  serving(): Engine | undefined
  /** Why it does not. */
  reason(): string
  /** Told that something may have been settled. */
  settled(engine: PostgresEngine): void
  /** Told of an error by which the primary may be lost. */
  suspect(engine: PostgresEngine, error: unknown): void
}

const STATES: readonly unknown[] = ["open", "applied", "dismissed", "all"]
const MOST_LISTED = 10_000

/** What is parked on the primary, by the engine that serves. */
export class PrimaryConflicts implements Conflicts {
  readonly #ground: ConflictsGround
  /** Could anything be parked at all? */
  readonly #isWanted: boolean
  readonly #limitMs: number
  readonly #redact: Redactor

  constructor({ settings, redact }: Pick<OpenContext, "settings" | "redact">, ground: ConflictsGround) {
    this.#ground = ground
    this.#isWanted = settings.postgresWanted
    this.#limitMs = settings.statementTimeoutMs
    this.#redact = redact
  }

  async list({ state = "open", limit = 100 }: ListConflictsOptions = {}): Promise<
    readonly ParkedTransaction[]
  > {
    assertListOptions(state, limit)
    if (!this.#isWanted) return []
    return this.#look((client) => listParked(client, { state, limit }))
  }

  async show(id: string): Promise<ShownTransaction> {
    if (!this.#isWanted) throw unknownConflict(id)
    const shown = await this.#look((client) => showParked(client, id))
    if (shown === undefined) throw unknownConflict(id)
    return shown
  }

  apply(id: string, { force = false }: ApplyConflictOptions = {}): Promise<Reapplied> {
    return this.#settle(id, (client, committing) => reapplyParked(client, id, { force, committing }))
  }

  dismiss(id: string): Promise<void> {
    return this.#settle(id, (client, committing) => dismissParked(client, id, { committing }))
  }

  async #look<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const engine = this.#serving()
    const limitMs = this.#limitMs
    const limit = AbortSignal.timeout(limitMs)
    try {
      return await engine.aside("conflicts", limit, work)
    } catch (error) {
      if (limit.aborted)
        throw new UnderstudyError("UNDERSTUDY_TIMEOUT", { operation: "Looking at what is parked", limitMs })
      throw this.#problem(engine, error)
    }
  }

  async #settle<T>(id: string, work: (client: Client, committing: () => void) => Promise<T>): Promise<T> {
    if (!this.#isWanted) throw unknownConflict(id)
    const engine = this.#serving()
    const limit = AbortSignal.timeout(this.#limitMs)
    let isCommitting = false
    const committing = (): void => {
      isCommitting = true
    }
    try {
      return await engine.aside("conflicts", limit, (client) => work(client, committing))
    } catch (error) {
      const attempt = { id, isCommitting, isOver: limit.aborted, limitMs: this.#limitMs }
      const failure = settleFailure(error, { ...attempt, detail: this.#detailOf(error) })
      if (failure !== undefined && failure.applied !== "unknown") throw failure
      // The monitor is told of a connection that was lost.
      const problem = this.#problem(engine, error)
      throw failure ?? problem
    } finally {
      this.#ground.settled(engine)
    }
  }

  #serving(): PostgresEngine {
    const engine = this.#ground.serving()
    if (!(engine instanceof PostgresEngine)) throw this.#away()
    return engine
  }

  #away(cause?: unknown): UnderstudyError {
    const details = { reason: this.#ground.reason() }
    return new UnderstudyError("UNDERSTUDY_PRIMARY_AWAY", details, { cause, applied: "no" })
  }

  #problem(engine: PostgresEngine, error: unknown): unknown {
    const isClosed = isUnderstudyError(error, "UNDERSTUDY_CLOSED")
    if (!isClosed && classifyError(error) !== "connection") return toDatabaseError(error)
    if (!isClosed) this.#ground.suspect(engine, error)
    return this.#away(error)
  }

  #detailOf(error: unknown): string {
    return this.#redact(error instanceof Error ? error.message : String(error))
  }
}

function assertListOptions(state: unknown, limit: unknown): void {
  const refuse = (argument: string, rule: string): never => {
    throw new UnderstudyError("UNDERSTUDY_INVALID_ARGUMENT", {
      argument: `conflicts.list: ${argument}`,
      rule,
    })
  }
  if (!STATES.includes(state)) refuse("state", `must be ${STATES.join(" or ")}`)
  if (!Number.isInteger(limit) || (limit as number) < 1 || (limit as number) > MOST_LISTED)
    refuse("limit", `must be a whole number from 1 to ${MOST_LISTED}`)
}
