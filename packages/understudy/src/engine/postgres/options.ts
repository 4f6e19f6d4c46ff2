import type { ConnectionOptions } from "node:tls"
import type { PostgresParts } from "../../url/verdict.ts"
import type { ValueOptions } from "../values.ts"

/** How PostgreSQL is dialled and used. Times in milliseconds. */
export interface PostgresOptions {
  readonly parts: PostgresParts
  /** Connections in all: those of sessions, and one for probes. At least 3. */
  readonly poolMax: number
  readonly connectTimeoutMs: number
  readonly statementTimeoutMs: number
  readonly values: ValueOptions
}

/** The one server that answered, and how. */
export interface Server {
  readonly host: string
  readonly port: number
  readonly tls: ConnectionOptions | false
  /** Which cluster it is, and on which timeline; null where the server does not tell. */
  readonly cluster: string | null
}
