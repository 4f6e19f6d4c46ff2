import type { UnderstudyError } from "../../errors/understudy-error.ts"
import type { Engine, EngineSource, Limits } from "../contract.ts"
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
  current(): Engine | undefined {
    const engine = this.#source.current()
    return engine === undefined ? undefined : this.#known(engine)
  }

  async serving(limits?: Limits): Promise<Engine> {
    const engine = await this.#source.serving(limits)
    const known = this.#known(engine)
    if (known !== undefined) return known
    this.#copy ??= this.#options.makeCopy().then((copy) => new SqliteCounterpart(copy))
    this.#sqlite = await this.#copy
    return this.#known(engine) ?? engine
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

  suspect(engine: Engine, error: unknown): void {
    this.#source.suspect(innerOf(engine), error)
  }

  /** Closes the copy. */
  async close(): Promise<void> {
    await (await this.#copy)?.close()
  }
}

function innerOf(engine: Engine): Engine {
  return engine instanceof CheckedEngine ? engine.inner : engine
}
