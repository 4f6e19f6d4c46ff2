import { execFile, execFileSync } from "node:child_process"
import { existsSync } from "node:fs"
import { promisify } from "node:util"
import { CompiledQuery } from "kysely"
import { detailOf, diagnose } from "../../../src/engine/postgres/diagnose.ts"
import { PostgresEngine } from "../../../src/engine/postgres/engine.ts"
import { validateDatabaseUrl } from "../../../src/url/validate.ts"

const run = promisify(execFile)

const IS_ENCRYPTED = "select ssl from pg_stat_ssl where pid = pg_backend_pid()"

/** What became of one way to connect, and with which detail it failed. */
export interface Outcome {
  readonly outcome: string
  readonly detail: string
}

/** Opens an engine as a service does: `TLS`, `plain`, or a finding's code. */
export async function outcomeOf(url: string): Promise<Outcome> {
  const { parts, dialect } = validateDatabaseUrl(url)
  if (dialect !== "postgresql") throw new Error("the URL was refused")
  const limits = { poolMax: 3, connectTimeoutMs: 10_000, statementTimeoutMs: 10_000 }
  const options = { parts, ...limits, values: { int8: "number", timestamptz: "date" } } as const
  try {
    const engine = await PostgresEngine.open(options, AbortSignal.timeout(20_000))
    try {
      const connection = await engine.acquire("read")
      const { rows } = await connection.execute<{ ssl: boolean }>(CompiledQuery.raw(IS_ENCRYPTED))
      return { outcome: rows[0]?.ssl === true ? "TLS" : "plain", detail: "" }
    } finally {
      await engine.close()
    }
  } catch (error) {
    return { outcome: diagnose(error), detail: detailOf(error) }
  }
}

/** The major version of the machine's psql; 0: there is none. */
export const PSQL_MAJOR: number = (() => {
  try {
    return Number(/\d+/.exec(execFileSync("psql", ["--version"], { encoding: "utf8" }))?.[0])
  } catch {
    return 0
  }
})()

/** Debian's psql is a program that looks for this one, which takes longer than the rest. */
const PSQL = ((direct: string) => (existsSync(direct) ? direct : "psql"))(
  `/usr/lib/postgresql/${PSQL_MAJOR}/bin/psql`,
)

/** What psql makes of the same URL: `TLS`, `plain` or `refused`. */
export async function psqlOutcomeOf(url: string): Promise<string> {
  // Nothing of a user's own: no ~/.postgresql, no variables.
  const env = {
    PATH: process.env["PATH"],
    HOME: "/nonexistent",
    PGCONNECT_TIMEOUT: "20",
    SSL_CERT_FILE: process.env["SSL_CERT_FILE"],
  }
  const asked = run(PSQL, ["-XAtwc", IS_ENCRYPTED, url], { env })
  // A password for a key would be read from there.
  asked.child.stdin?.end()
  return asked.then(
    ({ stdout }) => (stdout.trim() === "t" ? "TLS" : "plain"),
    () => "refused",
  )
}
