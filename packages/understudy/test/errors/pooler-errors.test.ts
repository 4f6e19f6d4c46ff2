import { expect, test } from "vitest"
import { diagnose } from "../../src/engine/postgres/diagnose.ts"
import { classifyError } from "../../src/errors/classify.ts"

// As pgbouncer 1.18 to 1.24, Supavisor and Neon's proxy say it.
test.each([
  ["08P01", "pgbouncer cannot connect to server", "connection", "primary.pooler"],
  [
    "08P01",
    "server login has been failing, try again later (server_login_retry)",
    "connection",
    "primary.pooler",
  ],
  ["08P01", "query_wait_timeout", "connection", "primary.pooler"],
  ["08P01", "server conn crashed?", "connection", "primary.pooler"],
  ["08P01", "no more connections allowed (max_client_conn)", "connection", "primary.too-many-connections"],
  ["XX000", "MaxClientsInSessionMode: max clients reached", "connection", "primary.too-many-connections"],
  ["08P01", "client_login_timeout (server down)", "connection", "primary.pooler"],
  ["08P01", 'database "pool_size" is disabled', "connection", "primary.pooler"],
  ["XX000", "{:shutdown, :db_termination}", "connection", "primary.pooler"],
  ["XX000", "Max client connections reached", "connection", "primary.too-many-connections"],
  ["08P01", "server login failed: FATAL no pg_hba.conf entry", "authentication", "primary.not-admitted"],
  ["08P01", "SASL authentication failed", "authentication", "primary.auth-failed"],
  ["08P01", "no such user: app", "authentication", "primary.auth-failed"],
  ["XX000", "Tenant or user not found", "authentication", "primary.auth-failed"],
  ["08P01", "no such database: app", "authentication", "primary.database-missing"],
  ["08P01", 'database "app" does not exist', "authentication", "primary.database-missing"],
  ["XX000", "The endpoint has been disabled. Enable it and retry.", "connection", "primary.pooler"],
  ["XX000", "Couldn't connect to compute node", "connection", "primary.pooler"],
  [
    "08P01",
    "Endpoint ID is not specified. Either please upgrade the postgres client library (libpq) for SNI support",
    "configuration",
    "primary.misconfigured",
  ],
  ["08P01", "unsupported startup parameter: work_mem", "configuration", "primary.misconfigured"],
  ["XX000", "could not open relation with OID 16384", "refused", "primary.failed"],
  ["28P01", "password authentication failed for user", "authentication", "primary.auth-failed"],
])("promise 2: a pooler's %s %j is %s, %s", (code, message, errorClass, finding) => {
  const error = Object.assign(new Error(message), { code })
  expect([classifyError(error), diagnose(error)]).toEqual([errorClass, finding])
})
