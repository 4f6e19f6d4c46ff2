import type { FindingCode } from "../../packages/understudy/src/errors/finding.ts"
import type { Expectation } from "./start-environment.ts"

/** SQLite by choice. */
export const EMBEDDED = { state: "embedded", engine: "sqlite", reason: "configured" } as const

/** PostgreSQL serves. */
export const PRIMARY = { state: "primary", engine: "postgresql", reason: "connected" } as const

/** SQLite stands in, for this reason. */
export const fallback = (reason: FindingCode): Expectation => ({
  state: "fallback",
  engine: "sqlite",
  reason,
})

/** SQLite stands in and takes no writes. */
export const readOnlyFallback = (reason: FindingCode): Expectation => ({
  ...fallback(reason),
  takes: "reads",
  findings: ["fallback.read-only"],
})

/** A real PostgreSQL, and a new database on it. */
export const GOOD_URL = "postgresql://tasks:{canary}@{server}/{database}"
