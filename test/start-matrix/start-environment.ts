import type { FindingCode } from "../../packages/understudy/src/errors/finding.ts"
import type { ConnectionState, StateReason } from "../../packages/understudy/src/failover/connection-state.ts"

/**
 * What values of variables may hold, filled in by the runner.
 * `{canary}`: the password, percent-encoded; `{raw-canary}`: as it is; `{word-canary}`: one of letters and digits.
 * `{server}`: host:port of a real PostgreSQL, `{server-port}` its port, `{socket-folder}` that of its Unix socket,
 * percent-encoded; `{database}`: a database there, whose owner `tasks` has the password. `{closed}`: host:port on
 * which nothing listens; `{silent}`: one that accepts and never answers; `{http}`: one that speaks HTTP; `{slamming}`:
 * one that closes at once. `{home}`: the row's own folder.
 */
export type Placeholder =
  | "canary"
  | "raw-canary"
  | "word-canary"
  | "server"
  | "server-port"
  | "socket-folder"
  | "database"
  | "closed"
  | "silent"
  | "http"
  | "slamming"
  | "home"

/** Something put into the row's folder before the start. */
export interface Fixture {
  readonly path: string
  /** A folder, a folder that only root may write to, or a file with this text. */
  readonly kind: "folder" | "sealed-folder" | { readonly text: string }
}

/** What a row is to come to. */
export interface Expectation {
  readonly state: ConnectionState
  readonly engine: "sqlite" | "postgresql" | null
  readonly reason: StateReason
  /** Findings that must be there; the reason itself, if it is a finding, need not be named again. */
  readonly findings?: readonly FindingCode[]
  /** What it takes; default: reads and writes. */
  readonly takes?: "reads" | "nothing"
  /** Paths in the row's folder that must be there at the end; a `*` stands for anything. */
  readonly leaves?: readonly string[]
}

/** One environment to start in. */
export interface StartEnvironment {
  readonly name: string
  readonly env: Readonly<Record<string, string>>
  readonly expect: Expectation
  readonly fixtures?: readonly Fixture[]
  /** The working folder, within the row's; default: the row's itself. */
  readonly cwd?: string
  /** Run as an ordinary account. Needs root. */
  readonly unprivileged?: true
  /** PORT is not set by the runner: the default port must be free. */
  readonly defaultPort?: true
}
