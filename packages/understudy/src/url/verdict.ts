import type { Secret } from "../base/secret.ts"
import type { Finding } from "../errors/finding.ts"

/** What became of a database URL. */
export type Verdict = "ok" | "repaired" | "refused" | "unset"

/** One server of a PostgreSQL URL, decoded. `port` is null where the URL names none. */
export interface HostPort {
  readonly host: string
  readonly port: number | null
}

/** The parts of a PostgreSQL URL, decoded; null where absent. The password shows in no rendering. */
export interface PostgresParts {
  readonly user: string | null
  readonly password: Secret | null
  readonly hosts: readonly HostPort[]
  readonly database: string | null
  /** Query parameters other than user, password, host, port and dbname. */
  readonly params: Readonly<Record<string, string>>
}

/** A SQLite location. `path` may be `:memory:`. */
export interface SqliteParts {
  readonly path: string
}

/** The verdict of one database URL, with its findings. Frozen. */
export type UrlVerdict =
  | {
      readonly verdict: "unset"
      readonly dialect: null
      readonly parts: null
      readonly findings: readonly Finding[]
    }
  | {
      readonly verdict: "refused"
      readonly dialect: null
      readonly parts: null
      readonly findings: readonly Finding[]
    }
  | {
      readonly verdict: "ok" | "repaired"
      readonly dialect: "postgresql"
      readonly parts: PostgresParts
      readonly findings: readonly Finding[]
    }
  | {
      readonly verdict: "ok" | "repaired"
      readonly dialect: "sqlite"
      readonly parts: SqliteParts
      readonly findings: readonly Finding[]
    }
