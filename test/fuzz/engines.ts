import pg from "pg"
import type { PostgresServer } from "understudy-db/testing"
import { Secret } from "../../packages/understudy/src/base/secret.ts"
import { constantSource } from "../../packages/understudy/src/engine/constant-source.ts"
import type { Engine } from "../../packages/understudy/src/engine/contract.ts"
import { PostgresEngine } from "../../packages/understudy/src/engine/postgres/engine.ts"
import { SqliteEngine } from "../../packages/understudy/src/engine/sqlite/engine.ts"
import type { ValueOptions } from "../../packages/understudy/src/engine/values.ts"
import { Sessions } from "../../packages/understudy/src/session/sessions.ts"
import type { Loose } from "./build-expression.ts"

const VALUES: ValueOptions = { int8: "number", timestamptz: "date" }
const LIMIT_MS = 20_000

/** Sessions on either engine, each on an empty database. */
export interface Pair {
  readonly sqlite: Sessions<Loose>
  readonly postgres: Sessions<Loose>
  /** Lets SQLite's sequences go on where PostgreSQL's do: a statement that fails may have drawn more on one of them. */
  alignSequences(): Promise<void>
}

/** Each sequence of a column, and the number that it gives next. */
const SEQUENCES = `
  select t.relname || '.' || a.attname as name, coalesce(s.last_value + 1, s.start_value)::text as next
    from pg_sequences s
    join pg_depend d on d.objid = format('%I.%I', s.schemaname, s.sequencename)::regclass and d.refobjsubid > 0
    join pg_class t on t.oid = d.refobjid
    join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
    where s.schemaname = 'public' and d.deptype in ('a', 'i')`

function sessionsOn(engine: Engine): Sessions<Loose> {
  return new Sessions<Loose>({ source: constantSource(engine), defaultTimeoutMs: () => LIMIT_MS })
}

let databases = 0

async function createDatabase(server: PostgresServer, collation: "C" | undefined): Promise<string> {
  const admin = new pg.Client({ connectionString: server.adminUrl })
  await admin.connect()
  databases += 1
  const name = `fuzz_${databases}`
  const locale = collation === undefined ? "" : "locale_provider libc locale 'C'"
  try {
    await admin.query(
      `create database ${name} owner ${new URL(server.url).username} template template0 ${locale}`,
    )
  } finally {
    await admin.end()
  }
  const url = new URL(server.url)
  url.pathname = name
  return url.href
}

/** After so many programs a database of its own is made: the catalogue of one that had many tables is slow. */
const PROGRAMS_OF_ONE_DATABASE = 500

/** PostgreSQL as an engine, and a connection that makes its database empty. */
interface Primary {
  readonly postgres: PostgresEngine
  readonly admin: pg.Client
}

async function openPrimary(server: PostgresServer, collation: "C" | undefined): Promise<Primary> {
  const url = await createDatabase(server, collation)
  const { username, password, hostname, port, pathname } = new URL(url)
  const parts = {
    user: decodeURIComponent(username),
    password: new Secret(decodeURIComponent(password)),
    hosts: [{ host: hostname, port: Number(port) }],
    database: pathname.slice(1),
    params: {},
  }
  const limits = { poolMax: 3, connectTimeoutMs: 5_000, statementTimeoutMs: LIMIT_MS }
  const postgres = await PostgresEngine.open(
    { parts, ...limits, values: VALUES },
    AbortSignal.timeout(10_000),
  )
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  return { postgres, admin }
}

async function closePrimary({ postgres, admin }: Primary): Promise<void> {
  await postgres.close()
  await admin.end()
}

/** Both engines, for one program after another. */
export class Engines implements AsyncDisposable {
  readonly #open: () => Promise<Primary>
  #primary: Primary
  #programs = 0
  #sqlite: SqliteEngine | undefined
  #pair: Pair | undefined

  private constructor(primary: Primary, open: () => Promise<Primary>) {
    this.#primary = primary
    this.#open = open
  }

  /**
   * @param server Where databases of its own are made.
   * @param collation Of what is no text column: `C` orders by bytes, as SQLite does. Default: the server's own.
   */
  static async open(server: PostgresServer, collation?: "C"): Promise<Engines> {
    const open = (): Promise<Primary> => openPrimary(server, collation)
    return new Engines(await open(), open)
  }

  /** Empty databases. The ones before are gone. */
  async fresh(): Promise<Pair> {
    await this.#sqlite?.close()
    this.#programs += 1
    if (this.#programs % PROGRAMS_OF_ONE_DATABASE === 0) {
      await closePrimary(this.#primary)
      this.#primary = await this.#open()
    }
    this.#sqlite = new SqliteEngine({
      file: ":memory:",
      role: "embedded",
      synchronous: "normal",
      waitMs: 5_000,
      values: VALUES,
    })
    await this.#primary.admin.query("drop schema public cascade; create schema public")
    this.#pair = {
      sqlite: sessionsOn(this.#sqlite),
      postgres: sessionsOn(this.#primary.postgres),
      alignSequences: () => this.#alignSequences(),
    }
    return this.#pair
  }

  /** What {@link fresh} gave last, with all that was done there since. */
  get current(): Pair {
    if (this.#pair === undefined) throw new Error("no program has been run")
    return this.#pair
  }

  async #alignSequences(): Promise<void> {
    const { rows } = await this.#primary.admin.query<{ name: string; next: string }>(SEQUENCES)
    const writer = this.#sqlite?.tryWriter()
    if (writer === undefined) throw new Error("SQLite is busy")
    const { database } = writer.handle
    // A row of its own: what is remembered of the one before is void.
    database.exec("delete from understudy_sequence")
    const insert = database.prepare(
      "insert into understudy_sequence (rowid, name, next) values (random(), ?, ?)",
    )
    for (const { name, next } of rows) insert.run(name, BigInt(next))
    writer.release()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sqlite?.close()
    await closePrimary(this.#primary)
  }
}
