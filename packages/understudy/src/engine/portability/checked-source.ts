import { abortable, withDeadline } from "../../base/abort.ts"
import { UnderstudyError } from "../../errors/understudy-error.ts"
import type { Engine, EngineSource, Limits, ServedAccess } from "../contract.ts"
import type { SqliteEngine } from "../sqlite/engine.ts"
import { CheckedEngine } from "./checked-engine.ts"
import { PostgresCounterpart, SqliteCounterpart, type Counterpart } from "./counterpart.ts"

/** `check`: what one engine cannot run is refused on both. `off`: only what the serving engine refuses itself. */
export type Portability = "check" | "off"

/** How a source is checked. */
export interface CheckedSourceOptions {
  /** Asked once there is an engine. */
  portability(): Portability
  /** Makes SQLite in memory with the program's tables. Must not reject. */
  makeCopy(): Promise<SqliteEngine>
  /** Told of the first refusal of each message. */
  refused(error: UnderstudyError): void
}

/** How long one waits for the copy when the call gives no limit. */
const DEFAULT_WAIT_MS = 10_000

/** So many different refusals are told; a program with more has heard enough. */
const MOST_TOLD = 1_000

/** A source whose engines are checked: each before it is given to anybody. */
export class CheckedSource implements EngineSource {
  readonly #source: EngineSource
  readonly #options: CheckedSourceOptions
  readonly #checked = new WeakMap<Engine, CheckedEngine>()
  /** The copy, of which there is one, and only where it is needed. */
  #copy: Promise<SqliteCounterpart> | undefined
  #sqlite: SqliteCounterpart | undefined
  readonly #told = new Set<string>()

  constructor(source: EngineSource, options: CheckedSourceOptions) {
    this.#source = source
    this.#options = options
  }

  /** While the copy is being made there is none: who asks waits. */
  current(access: ServedAccess): Engine | undefined {
    const engine = this.#source.current(access)
    return engine === undefined ? undefined : this.#known(engine)
  }

  async serving(limits: Limits, access: ServedAccess): Promise<Engine> {
    const engine = await this.#source.serving(limits, access)
    const known = this.#known(engine)
    if (known !== undefined) return known
    this.#copy ??= this.#options.makeCopy().then((copy) => new SqliteCounterpart(copy))
    await this.#waitForCopy(this.#copy, limits)
    return this.#known(engine) ?? engine
  }

  /** The copy's migrations are the program's: they may take as long as they like, and who waits may not. */
  async #waitForCopy(copy: Promise<SqliteCounterpart>, limits: Limits): Promise<void> {
    const limitMs = limits.timeoutMs ?? DEFAULT_WAIT_MS
    this.#sqlite = await withDeadline(
      { signal: limits.signal, timeoutMs: limitMs },
      () => new UnderstudyError("UNDERSTUDY_NOT_READY", { limitMs, state: "starting" }, { applied: "no" }),
      (signal) => abortable(copy, signal),
    )
  }

  #known(engine: Engine): Engine | undefined {
    const known = this.#checked.get(engine)
    if (known !== undefined) return known
    const counterpart = this.#counterpartOf(engine)
    if (counterpart === null) return undefined
    const checked = new CheckedEngine(engine, { counterpart, refused: (error) => this.#refused(error) })
    this.#checked.set(engine, checked)
    return checked
  }

  /** Null where it must be made first. */
  #counterpartOf({ dialect }: Engine): Counterpart | undefined | null {
    if (this.#options.portability() === "off") return undefined
    return dialect === "sqlite" ? new PostgresCounterpart() : (this.#sqlite ?? null)
  }

  #refused(error: UnderstudyError): void {
    if (this.#told.size >= MOST_TOLD || this.#told.has(error.message)) return
    this.#told.add(error.message)
    this.#options.refused(error)
  }

  readOnlyReason(engine: Engine): string | undefined {
    return this.#source.readOnlyReason(innerOf(engine))
  }

  asOf(engine: Engine): Date | null {
    return this.#source.asOf(innerOf(engine))
  }

  acknowledged(engine: Engine): void {
    this.#source.acknowledged(innerOf(engine))
  }

  suspect(engine: Engine, error: unknown): void {
    this.#source.suspect(innerOf(engine), error)
  }

  /** Closes the copy; one that is still being made, when it has been made. */
  async close(): Promise<void> {
    if (this.#sqlite === undefined) void this.#copy?.then((copy) => copy.close())
    else await this.#sqlite.close()
  }
}

function innerOf(engine: Engine): Engine {
  return engine instanceof CheckedEngine ? engine.inner : engine
}
