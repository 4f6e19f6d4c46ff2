import type { Engine } from "../engine/contract.ts"
import { migrate, migrationOrder, type MigrationOutcome, type Migrations } from "../migrate/migrate.ts"
import type { Replay, ReplayOutcome } from "../replay/replay.ts"
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

/** Hands the fallback's changes back to the primary, each migration at its place among them. */
export class HandBack {
  readonly #primary: Engine
  readonly #migrations: Migrations
  readonly #makeReplay: () => Replay
  #replay: Replay | undefined

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
  async run(): Promise<ReplayOutcome> {
    this.#replay ??= this.#makeReplay()
    for (let outcome = await this.#replay.run(); ; outcome = await this.#replay.run()) {
      if (outcome.migration === null) return outcome
      await this.#migrate(throughName(this.#migrations, outcome.migration))
    }
  }

  migrateAll(): Promise<MigrationOutcome> {
    return this.#migrate(this.#migrations)
  }

  async stop(): Promise<void> {
    await this.#replay?.stop()
  }

  #migrate(migrations: Migrations): Promise<MigrationOutcome> {
    return whileAnswering(this.#primary, migrate(this.#primary, migrations))
  }
}
