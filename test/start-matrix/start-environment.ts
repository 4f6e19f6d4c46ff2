import type { FindingCode } from "../../packages/understudy/src/errors/finding.ts"
import type { ConnectionState, StateReason } from "../../packages/understudy/src/failover/connection-state.ts"
import type { ListenerName } from "./listeners.ts"
import type { Need } from "./needs.ts"
import type { ServerName } from "./servers.ts"
import type { SecuredServerName } from "./tls-servers.ts"

/**
 * What values of variables may hold, filled in by the runner.
 * `{canary}`: the password, percent-encoded; `{raw-canary}`: as it is; `{word-canary}`: one of letters and digits.
 * `{server}`: host:port of a real PostgreSQL, `{server-port}` its port, `{socket-folder}` that of its Unix socket,
 * percent-encoded; `{database}`: a database there, whose owner `tasks` has the password. `{closed}`: host:port on
 * which nothing listens, `{closed-port}` its port, `{closed-ipv6}` one at ::1. `{home}`: the row's own folder. Each
 * listener and server by its name: its host:port; the servers have a database `tasks` of the role `tasks`.
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
  | "closed-port"
  | "closed-ipv6"
  | "home"
  | ListenerName
  | ServerName
  | SecuredServerName

/** Something put into the row's folder before the start, with the folders above it. */
export interface Fixture {
  readonly path: string
  /**
   * A folder; a folder that only root may write to; a valid SQLite database of another program, one that has a table
   * of our own's name, one cut short, one in an exclusive transaction of another process, one that another process
   * owns; or a file with this text, in which places are filled too.
   */
  readonly kind:
    | "folder"
    | "sealed-folder"
    | "foreign-database"
    | "clashing-database"
    | "cut-database"
    | "locked-database"
    | "owned-database"
    | { readonly text: string }
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
  /** It takes long, or tools of root, or stands close to another row: it runs only where UNDERSTUDY_LONG is 1. */
  readonly long?: true
  /** What the machine must have; without it the row is skipped. */
  readonly needs?: readonly Need[]
  /** Shell commands in the working folder, before the program takes the shell's place. */
  readonly shell?: string
  /** Mounts of the shell's are its own, and go with it. */
  readonly ownMounts?: true
  /** A stream whose reader goes away at once. */
  readonly drops?: "stdout" | "stderr"
  /** Standard output cannot be read here: the log is not looked at. */
  readonly mute?: true
}
