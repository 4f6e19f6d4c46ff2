import type { EventEmitter } from "node:events"
import type { Client, ClientBase, ClientConfig, Pool, PoolConfig } from "pg"
import { guardParser, type ParsingConnection } from "./guard-parser.ts"

/** node-postgres, with clients that take nothing from the environment. */
export interface Driver {
  readonly Client: new (config: ClientConfig) => Client
  readonly Pool: new (config: PoolConfig) => Pool
  readonly Connection: new (config: object) => unknown
}

/** What node-postgres has, and its types do not tell. */
interface Internals {
  readonly connection: EventEmitter & ParsingConnection & { readonly stream: EventEmitter }
  readonly connectionParameters: { readonly [name: string]: string | undefined }
}

/** Parameters of a session on which the meaning of values hangs: what they must be, and the statement that makes it so. */
const MEANING: readonly (readonly [name: string, isRight: RegExp, statement: string])[] = [
  ["DateStyle", /^ISO\b/, "set datestyle to 'ISO, MDY'"],
  ["TimeZone", /^(Etc\/)?(UTC|UCT|GMT|Greenwich|Universal|Zulu)$/i, "set timezone to 'UTC'"],
  // Without it, a backslash in a literal would escape the quote that ends it.
  ["standard_conforming_strings", /^on$/, "set standard_conforming_strings to on"],
]

let driver: Promise<Driver> | undefined

/** Loaded when PostgreSQL is wanted, not before: a service on SQLite does not pay for it. */
export function loadDriver(): Promise<Driver> {
  driver ??= load()
  return driver
}

async function load(): Promise<Driver> {
  const { default: pg } = await import("pg")

  /** Sends user, database and application_name at the start, whatever PGOPTIONS or PGREPLICATION say. */
  class PlainClient extends pg.Client {
    readonly reported = new Map<string, string>()
    isShakingHands = false

    constructor(config: ClientConfig) {
      super(config)
      const { connection } = this as unknown as Internals
      guardParser(connection)
      connection.on("parameterStatus", (message: { parameterName: string; parameterValue: string }) => {
        this.reported.set(message.parameterName, message.parameterValue)
      })
      connection.on("sslconnect", () => {
        this.isShakingHands = true
        connection.stream.once("secureConnect", () => (this.isShakingHands = false))
      })
    }

    /** Called by node-postgres. */
    getStartupConf(): Record<string, string | undefined> {
      const { user, database, application_name } = (this as unknown as Internals).connectionParameters
      return { user, database, application_name }
    }
  }

  class PlainPool extends pg.Pool {
    constructor(config: PoolConfig) {
      super({ ...config, Client: PlainClient as unknown as new () => ClientBase, onConnect: agreeOnMeaning })
    }
  }
  return { Client: PlainClient, Pool: PlainPool, Connection: pg.Connection }
}

/**
 * Sees to it that values mean on this connection what they mean on every other, whatever a role, a database or a server
 * has for its default. A round trip only where one differs; poolers keep track of all three.
 */
export async function agreeOnMeaning(client: ClientBase): Promise<void> {
  const { reported } = client as unknown as { reported: ReadonlyMap<string, string> }
  const statements = MEANING.flatMap(([name, isRight, statement]) => {
    const value = reported.get(name)
    return value === undefined || isRight.test(value) ? [] : [statement]
  })
  if (statements.length > 0) await client.query(statements.join("; "))
}

/** Has a client begun the handshake of TLS, and not come to its end? */
export function isShakingHands(client: ClientBase): boolean {
  return (client as unknown as { isShakingHands: boolean }).isShakingHands
}
