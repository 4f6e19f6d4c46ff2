import type { Kysely } from "kysely"
import { systemClock } from "./base/clock.ts"
import { createLineLogger, type Logger } from "./base/logger.ts"
import { UnderstudyError } from "./errors/understudy-error.ts"
import { readEnvironment } from "./environment/environment.ts"
import { gatherHostFacts } from "./host/gather.ts"
import type { HostFacts } from "./host/host-facts.ts"
import { readConflictOptions, type ConflictOptions } from "./settings/conflict-options.ts"
import { readMirrorOptions, type MirrorOptions } from "./settings/mirror-options.ts"
import { parseSettings } from "./settings/parse-settings.ts"
import { settingsRedactor } from "./settings/redactor.ts"
import type { RowValues, Settings } from "./settings/settings.ts"
import type { Plan } from "./plan/plan.ts"
import { resolveDatabase } from "./plan/resolve-database.ts"
import type { Engine, EngineSource, Limits, ServedAccess } from "./engine/contract.ts"
import type { SqliteEngine } from "./engine/sqlite/engine.ts"
import { CheckedSource, type Portability } from "./engine/portability/checked-source.ts"
import type { ValueOptions } from "./engine/values.ts"
import type { Migrations } from "./migrate/migrate.ts"
import { makeSchemaCopy } from "./migrate/schema-copy.ts"
import type { Conflicts } from "./failover/conflicts-contract.ts"
import { Controller } from "./failover/controller.ts"
import type { SessionScope } from "./session/async-context.ts"
import type { OpenSessionOptions, SessionOptions, WriteOptions } from "./session/options.ts"
import type { Session } from "./session/session.ts"
import { Sessions, type OpenSession } from "./session/sessions.ts"
import { startingStatus, type DatabaseStatus } from "./health/status.ts"

/** How a database is opened. Everything is optional: the environment tells the rest. */
export interface OpenOptions {
  /** Kysely migrations by name; the same ones run on both engines, in the order of their names, before it serves. */
  readonly migrations?: Migrations
  /** pino's shape. Default: JSON lines on standard error, from `warn` up. */
  readonly logger?: Logger
  /** Read instead of `process.env` (then no `.env` file is read either). */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** `number`: an int8 beyond ±(2^53 - 1) is an error 22003. `bigint`: each int8 is one. Default `number`. */
  readonly int8?: ValueOptions["int8"]
  /** `date`: timestamps are `Date`s, microseconds cut off. `string`: PostgreSQL's text in UTC. Default `date`. */
  readonly timestamptz?: ValueOptions["timestamptz"]
  /**
   * `check`: what the engine that does not serve could not run throws `UNDERSTUDY_NOT_PORTABLE` before it runs. `off`: only
   * what the serving one refuses itself. Default `check` where NODE_ENV is `development` or `test`, else `off`.
   */
  readonly portability?: Portability
  /** What the fallback keeps a copy of. Default: what the variables say. */
  readonly mirror?: MirrorOptions
  /** What becomes of the fallback's writes that met other rows in PostgreSQL. Default: what DATABASE_CONFLICTS says. */
  readonly conflicts?: ConflictOptions
}

/** A database that is always there: PostgreSQL where it can be had, SQLite otherwise. */
export interface Database<DB> extends AsyncDisposable {
  /** Single statements in autocommit, on the engine that serves when they run. */
  readonly kysely: Kysely<DB>
  /** What the environment asks for. Read when first asked for, then frozen. */
  readonly settings: Settings
  /** A session that only reads. Errors: `UNDERSTUDY_READ_SESSION`, `UNDERSTUDY_TIMEOUT`, `UNDERSTUDY_UNAVAILABLE`. */
  read<T>(fn: (session: Session<DB>) => Promise<T>, options?: SessionOptions): Promise<T>
  /**
   * One transaction; the function may run again after a serialization failure or a deadlock. Errors:
   * `UNDERSTUDY_CONTENTION`, `UNDERSTUDY_CONNECTION_LOST` (not applied), `UNDERSTUDY_COMMIT_UNKNOWN`,
   * `UNDERSTUDY_READ_ONLY`, `UNDERSTUDY_TIMEOUT`, `UNDERSTUDY_UNAVAILABLE`.
   */
  write<T>(fn: (session: Session<DB>) => Promise<T>, options?: WriteOptions): Promise<T>
  /** A session that ends by its own calls, for frameworks. */
  openSession(access: "read" | "write", options?: OpenSessionOptions): OpenSession<DB>
  /** For frameworks: where a request's calls run, so that a write beside the request's own session is refused. */
  createScope(): SessionScope
  /** What a fallback took and PostgreSQL did not take over by itself: to be seen and settled by a person. */
  readonly conflicts: Conflicts
  /** What serves, why, since when. Cheap: nothing is asked of a database. */
  status(): DatabaseStatus
  /** Waits until an engine serves. Rejects with the catalogue's error if none will, or at the limits. */
  ready(limits?: Limits): Promise<void>
  /** Refuses new sessions, lets running ones finish (at most 10 s), closes. Can be called again. */
  close(): Promise<void>
}

const DRAIN_LIMIT_MS = 10_000

/**
 * Opens a database. Synchronous, and without I/O: what it takes is done right after, and sessions wait for it.
 * The environment never makes it throw.
 *
 * @throws UnderstudyError `UNDERSTUDY_INVALID_ARGUMENT` where an option is wrong.
 */
export function openDatabase<DB>(options: OpenOptions = {}): Database<DB> {
  checkOptions(options)
  return new OpenedDatabase<DB>(options)
}

const CHOICES: Readonly<Record<string, readonly unknown[]>> = {
  int8: [undefined, "number", "bigint"],
  timestamptz: [undefined, "date", "string"],
  portability: [undefined, "check", "off"],
}

function checkOptions(options: OpenOptions): void {
  const known = ["migrations", "logger", "env", "int8", "timestamptz", "portability", "mirror", "conflicts"]
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined) {
    const rule = `there is no such option; there are ${known.join(", ")}`
    throw new UnderstudyError("UNDERSTUDY_INVALID_ARGUMENT", { argument: `openDatabase: ${unknown}`, rule })
  }
  for (const [name, allowed] of Object.entries(CHOICES)) {
    if (allowed.includes(options[name as keyof OpenOptions])) continue
    const rule = `must be ${allowed.filter((each) => each !== undefined).join(" or ")}`
    throw new UnderstudyError("UNDERSTUDY_INVALID_ARGUMENT", { argument: `openDatabase: ${name}`, rule })
  }
}

/** What was read of the environment and the machine, once. */
interface Ground {
  readonly facts: HostFacts
  readonly settings: Settings
}

/** The composition root: the only place that builds concrete things. */
class OpenedDatabase<DB> implements Database<DB> {
  readonly #options: OpenOptions
  readonly #given: Partial<RowValues>
  readonly #logger: Logger
  readonly #source: CheckedSource
  readonly #sessions: Sessions<DB>
  readonly #started = Promise.withResolvers<void>()
  readonly #since = systemClock.now()
  #ground: Ground | undefined
  #plan: Plan | undefined
  #controller: Controller | undefined
  /** The last status, as long as nothing has changed: it is asked for with every request. */
  #status: { readonly revision: number; readonly value: DatabaseStatus } | undefined
  #closed: Promise<void> | undefined

  constructor(options: OpenOptions) {
    this.#options = options
    this.#given = givenBy(options)
    this.#logger = options.logger ?? createLineLogger(toStandardError(), "warn")
    this.#source = new CheckedSource(this.#servingSource(), {
      portability: () => this.#options.portability ?? portabilityFor(this.settings),
      makeCopy: () => this.#makeCopy(),
      refused: (error) => this.#warn(error),
    })
    this.#sessions = new Sessions<DB>({
      source: this.#source,
      defaultTimeoutMs: () => this.settings.statementTimeoutMs,
    })
    setImmediate(() => this.#start())
  }

  get kysely(): Kysely<DB> {
    return this.#sessions.kysely
  }

  get settings(): Settings {
    return this.#read().settings
  }

  #read(): Ground {
    if (this.#ground === undefined) {
      const environment = readEnvironment(this.#options.env)
      const facts = gatherHostFacts(environment)
      this.#ground = { facts, settings: parseSettings(environment, facts, this.#given) }
    }
    return this.#ground
  }

  #start(): void {
    if (this.#closed === undefined) {
      const { facts, settings } = this.#read()
      this.#plan = resolveDatabase(settings, facts)
      this.#controller = new Controller({
        plan: this.#plan,
        settings,
        migrations: this.#options.migrations ?? {},
        values: { int8: this.#options.int8 ?? "number", timestamptz: this.#options.timestamptz ?? "date" },
        logger: this.#logger,
        redact: settingsRedactor(settings),
        clock: systemClock,
      })
      this.#controller.start()
    }
    this.#started.resolve()
  }

  /** The controller is made after the first tick: until then nothing serves, and who asks waits. */
  #servingSource(): EngineSource {
    return {
      current: (access) => this.#controller?.current(access),
      serving: async (limits: Limits, access: ServedAccess): Promise<Engine> => {
        await this.#started.promise
        if (this.#controller === undefined) throw new UnderstudyError("UNDERSTUDY_CLOSED")
        return this.#controller.serving(limits, access)
      },
      readOnlyReason: (engine) => this.#controller?.readOnlyReason(engine),
      asOf: (engine) => this.#controller?.asOf(engine) ?? null,
      acknowledged: (engine) => this.#controller?.acknowledged(engine),
      suspect: (engine, error) => this.#controller?.suspect(engine, error),
    }
  }

  readonly conflicts: Conflicts = {
    list: async (options) => (await this.#running()).conflicts.list(options),
    show: async (id) => (await this.#running()).conflicts.show(id),
    apply: async (id, options) => (await this.#running()).conflicts.apply(id, options),
    dismiss: async (id) => (await this.#running()).conflicts.dismiss(id),
  }

  /** The controller is made after the first tick. @throws UnderstudyError `UNDERSTUDY_CLOSED` */
  async #running(): Promise<Controller> {
    await this.#started.promise
    if (this.#controller === undefined || this.#closed !== undefined)
      throw new UnderstudyError("UNDERSTUDY_CLOSED")
    return this.#controller
  }

  read<T>(fn: (session: Session<DB>) => Promise<T>, options?: SessionOptions): Promise<T> {
    return this.#sessions.read(fn, options)
  }

  write<T>(fn: (session: Session<DB>) => Promise<T>, options?: WriteOptions): Promise<T> {
    return this.#sessions.write(fn, options)
  }

  openSession(access: "read" | "write", options?: OpenSessionOptions): OpenSession<DB> {
    return this.#sessions.openSession(access, options)
  }

  createScope(): SessionScope {
    return this.#sessions.createScope()
  }

  status(): DatabaseStatus {
    const controller = this.#controller
    if (controller === undefined || this.#plan === undefined) {
      const starting = startingStatus(this.#since, this.settings.fallback)
      return this.#closed === undefined ? starting : { ...starting, state: "closed", reason: "closed" }
    }
    if (this.#status?.revision !== controller.revision) {
      this.#status = { revision: controller.revision, value: this.#describe(controller, this.#plan) }
    }
    return this.#status.value
  }

  #describe(controller: Controller, plan: Plan): DatabaseStatus {
    const { engine, candidate: index, findings, ...status } = controller.status()
    const candidate = index === null ? undefined : plan.candidates[index]
    return Object.freeze({
      ...status,
      engine: engine?.dialect ?? null,
      durability:
        candidate === undefined ? null : candidate.kind === "sqlite" ? candidate.durability : "primary",
      fallback: this.settings.fallback,
      writable: engine !== undefined && controller.readOnlyReason(engine) === undefined,
      trace: plan.trace,
      findings: Object.freeze(findings),
    })
  }

  async ready(limits: Limits = {}): Promise<void> {
    await this.#source.serving(limits, "read")
  }

  close(): Promise<void> {
    this.#closed ??= this.#shut()
    return this.#closed
  }

  async #shut(): Promise<void> {
    await this.#sessions.drain(DRAIN_LIMIT_MS)
    await this.#controller?.close()
    await this.#source.close()
  }

  /** SQLite in memory with the program's tables: what it refuses is found while PostgreSQL serves. */
  #makeCopy(): Promise<SqliteEngine> {
    return makeSchemaCopy(this.#options.migrations ?? {}, (error) => this.#warn(error))
  }

  #warn({ code, message, remedy }: UnderstudyError): void {
    this.#logger.warn({ code, remedy }, settingsRedactor(this.settings)(message))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

/** What the program asks for itself goes before the variables. */
function givenBy({ mirror, conflicts }: OpenOptions): Partial<RowValues> {
  const policies = readConflictOptions(conflicts, "openDatabase: conflicts")
  return {
    ...readMirrorOptions(mirror, "openDatabase: mirror"),
    ...(policies === undefined ? {} : { conflicts: policies }),
  }
}

/** In production nothing is refused that the serving engine can run. */
function portabilityFor({ nodeEnv }: Settings): Portability {
  return nodeEnv === "development" || nodeEnv === "test" ? "check" : "off"
}

/** Standard error for lines. One that was closed costs the lines, not the process. */
function toStandardError(): (line: string) => void {
  process.stderr.on("error", () => {})
  return (line) => process.stderr.write(line)
}
