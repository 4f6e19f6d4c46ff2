import { abortable } from "../base/abort.ts"
import type { Engine } from "../engine/contract.ts"
import { migrate, migrationOrder, type MigrationOutcome, type Migrations } from "../migrate/migrate.ts"
import type { RunResult } from "../replay/replay-result.ts"
import type { Replay } from "../replay/replay.ts"
import { whileAnswering } from "./while-answering.ts"

/** The migrations up to the one of this name, it included; `before`: not included. */
function throughName(migrations: Migrations, last: string, { before = false } = {}): Migrations {
  const names = migrationOrder(Object.keys(migrations))
  const end = names.indexOf(last)
  return Object.fromEntries(
    names
      .slice(0, before ? end : end + 1)
      .flatMap((name) => (migrations[name] === undefined ? [] : [[name, migrations[name]]])),
  )
}

/** How much was handed back. */
export interface HandedBack {
  /** Transactions that the primary has taken over, and the row changes in them. */
  readonly transactions: number
  readonly changes: number
  /** Transactions that it keeps parked. */
  readonly parked: number
}

/** Hands the fallback's changes back to the primary, each migration at its place among them. */
export class HandBack implements AsyncDisposable {
  readonly #primary: Engine
  readonly #migrations: Migrations
  readonly #makeReplay: () => Replay
  readonly #stopping = new AbortController()
  #replay: Replay | undefined
  #last: RunResult | undefined
  #transactions = 0
  #changes = 0
  #parked = 0

  constructor(primary: Engine, migrations: Migrations, makeReplay: () => Replay) {
    this.#primary = primary
    this.#migrations = migrations
    this.#makeReplay = makeReplay
  }

  /** Runs what stood in the file before its first change. `among`: what ran on the file after changes, in its order. */
  migrateFirst(among: readonly string[]): Promise<MigrationOutcome> {
    const [first] = migrationOrder(among.filter((name) => Object.hasOwn(this.#migrations, name)))
    return this.#migrate(
      first === undefined ? this.#migrations : throughName(this.#migrations, first, { before: true }),
    )
  }

  /** Hands back all that the file holds by now. */
  async run(): Promise<void> {
    this.#stopping.signal.throwIfAborted()
    this.#replay ??= this.#makeReplay()
    let result = this.#note(await this.#replay.run())
    while (result.migration !== null) {
      const migrated = result.migration
      await this.#migrate(throughName(this.#migrations, migrated))
      result = this.#note(await this.#replay.run({ migrated }))
    }
  }

  #note(result: RunResult): RunResult {
    this.#transactions += result.transactions
    this.#changes += result.changes
    this.#parked += result.parked
    this.#last = result
    return result
  }

  /** The primary has, or keeps parked, all changes up to here that are meant for it. */
  get appliedTo(): number {
    return this.#last?.appliedTo ?? 0
  }

  /** The openings of the file of which the primary has everything. */
  get origins(): readonly number[] {
    return this.#last?.origins ?? []
  }

  /** Those that are kept, since the primary was restored to a time before their copy. */
  get setBack(): readonly number[] {
    return this.#last?.setBack ?? []
  }

  /** What was handed back now: transactions, the row changes in them, and transactions that were parked. */
  get handedBack(): HandedBack {
    return { transactions: this.#transactions, changes: this.#changes, parked: this.#parked }
  }

  /** The tables of parked transactions. */
  get tablesParked(): readonly string[] {
    return this.#last?.tablesParked ?? []
  }

  migrateAll(): Promise<MigrationOutcome> {
    return this.#migrate(this.#migrations)
  }

  /** Ends it at once: a run or a migration that is under way rejects. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#replay?.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #migrate(migrations: Migrations): Promise<MigrationOutcome> {
    const work = migrate(this.#primary, migrations, Object.keys(this.#migrations))
    return abortable(whileAnswering(this.#primary, work), this.#stopping.signal)
  }
}
