import { serverTls, tlsFile } from "../../packages/understudy/test/support/tls-files.ts"
import type { PostgresServerOptions } from "understudy-db/testing"
import { readFileSync } from "node:fs"
import { startPgbouncer } from "../support/pgbouncer.ts"
import { startServer, type PreparedServer } from "./servers.ts"

/** Real PostgreSQL servers with TLS of each kind, and real poolers. */
export type SecuredServerName =
  | "self-signed"
  | "well-known"
  | "misnamed"
  | "expired"
  | "tls-only"
  | "no-tls-by-rule"
  | "wants-certificate"
  | "pooler"
  | "pooler-alone"

type Access = Pick<PostgresServerOptions, "tls" | "hba">

const secured =
  (access: Access) =>
  (password: string): Promise<PreparedServer> =>
    startServer(password, access)

/** A pooler before a server; `alone`: its server is gone. */
const pooled =
  (alone: boolean) =>
  async (password: string): Promise<PreparedServer> => {
    await using starting = new AsyncDisposableStack()
    const server = starting.use(await startServer(password))
    const pooler = starting.use(
      await startPgbouncer(server, "transaction", { server_login_retry: "1", query_wait_timeout: "2" }, [
        { user: "tasks", password },
      ]),
    )
    if (alone) await server.kill()
    const owned = starting.move()
    return { port: pooler.port, [Symbol.asyncDispose]: () => owned.disposeAsync() }
  }

/** How each is started, with the password of the role `tasks`. */
export const SECURED_SERVERS: Readonly<
  Record<SecuredServerName, (password: string) => Promise<PreparedServer>>
> = {
  "self-signed": secured({ tls: serverTls("self-signed") }),
  "well-known": secured({ tls: serverTls("server") }),
  misnamed: secured({ tls: serverTls("wrong-host") }),
  expired: secured({ tls: serverTls("expired") }),
  "tls-only": secured({ tls: serverTls("server"), hba: ["hostssl all all all scram-sha-256"] }),
  "no-tls-by-rule": secured({ tls: serverTls("server"), hba: ["hostnossl all all all scram-sha-256"] }),
  "wants-certificate": secured({
    tls: { ...serverTls("server"), clientCa: readFileSync(tlsFile("ca.crt"), "utf8") },
    hba: ["hostssl all all all scram-sha-256 clientcert=verify-ca"],
  }),
  pooler: pooled(false),
  "pooler-alone": pooled(true),
}
