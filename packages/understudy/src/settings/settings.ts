import type { LogLevel } from "../base/logger.ts"
import type { Secret } from "../base/secret.ts"
import type { Finding } from "../errors/finding.ts"
import type { UrlVerdict } from "../url/verdict.ts"
import type { ConflictPolicies } from "./conflict-policy.ts"

/** Which engine is asked for. */
export type EngineChoice = "auto" | "postgresql" | "sqlite"

/** What the fallback may do while PostgreSQL is wanted and does not serve. */
export type FallbackPolicy = "off" | "read-only" | "read-write"

/** SQLite's `synchronous`; null: `full` in `fallback`, else `normal`. */
export type Synchronous = "normal" | "full"

/** Which of the primary's rows the fallback keeps a copy of. */
export interface MirrorSettings {
  readonly enabled: boolean
  /** Tables that are left out, by their names. */
  readonly exclude: readonly string[]
  /** A table with more rows is left out. */
  readonly maxRows: number
  /** A table that takes more bytes on the primary is left out. */
  readonly maxBytes: number
}

/** The settings of the mirror, as the table of settings has them: a row each. */
export interface MirrorValues {
  readonly mirrorEnabled: boolean
  readonly mirrorExclude: readonly string[]
  readonly mirrorMaxRows: number
  readonly mirrorMaxBytes: number
}

/** The values of the settings but the mirror's: what the environment asks for, or the defaults. Durations in milliseconds. */
export interface SettingValues {
  readonly engine: EngineChoice
  readonly fallback: FallbackPolicy
  readonly fallbackAfterMs: number
  /** The folder asked for by DATABASE_PATH, absolute; null: chosen. */
  readonly path: string | null
  readonly poolMax: number
  readonly connectTimeoutMs: number
  readonly statementTimeoutMs: number
  readonly synchronous: Synchronous | null
  readonly conflicts: ConflictPolicies
  readonly echo: boolean
  readonly snapshotUrl: Secret | null
  readonly snapshotIntervalMs: number
  readonly host: string
  readonly port: number
  readonly adminToken: Secret | null
  readonly logLevel: LogLevel | "trace" | "fatal" | "silent"
  readonly nodeEnv: string
}

/** A row of the table of settings each. */
export type RowValues = SettingValues & MirrorValues

/** What the environment asks for: parsed, validated, frozen. Durations in milliseconds. */
export interface Settings extends SettingValues {
  readonly mirror: MirrorSettings
  readonly database: UrlVerdict
  /** Is PostgreSQL wanted, even if no usable URL came of it? */
  readonly postgresWanted: boolean
  readonly production: boolean
  /** Per setting, where its value comes from: a variable's name, or `default` with a reason. */
  readonly sources: Readonly<Record<keyof RowValues | "database", string>>
  /** What was found in the variables, those of the database URL among them. */
  readonly findings: readonly Finding[]
}
