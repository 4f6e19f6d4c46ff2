import type { ParkReason } from "./parked.ts"
import type { PrimaryChange } from "./primary-change.ts"

/** A change cannot be handed back; thrown within its transaction, which is parked then. */
export class Conflict extends Error {
  override readonly name = "Conflict"
  readonly reason: ParkReason
  readonly table: string | null
  /** A constraint, a column or an SQLSTATE: nothing of a row. */
  readonly detail: string | null

  constructor(reason: ParkReason, table: string | null, detail: string | null = null) {
    super(`${reason}${table === null ? "" : ` in ${table}`}`)
    this.reason = reason
    this.table = table
    this.detail = detail
  }
}

/** What an error of the server means for the transaction that met it. */
export type Refusal =
  /** This transaction cannot be applied. */
  | "conflict"
  /** Somebody holds a row: it is tried again. */
  | "contention"
  /** Others changed the same, at once: it is tried again. */
  | "clash"
  /** A statement took too long, or somebody has cancelled it: less is tried at once. */
  | "slow"
  /** Something in the server is broken or exhausted, for this transaction or for all: it is tried for a while. */
  | "broken"
  /** It is not about the transaction at all: the connection is lost, or nobody can write. */
  | "fatal"

const CANCELED = "57014"
const LOCK_NOT_AVAILABLE = "55P03"
const CLASH: ReadonlySet<string> = new Set(["40001", "40P01"])
/** The disk is full; the server is read-only. */
const OF_ALL: ReadonlySet<string> = new Set(["53100", "25006"])
/**
 * Classes of SQLSTATE that tell of the server's state and resources, of a damaged file or index, of an error in the server or
 * an extension; and of a connection, which with this severity is one that a trigger has opened.
 */
const OF_THE_SERVER: ReadonlySet<string> = new Set(["08", "25", "28", "3D", "53", "57", "58", "F0", "XX"])
/** SQLSTATE: connection failure. Of what is parked since it costs the connection each time. */
export const CONNECTION_FAILURE = "08006"
const SQLSTATE = /^[0-9A-Z]{5}$/

const REASONS: Readonly<Record<string, ParkReason>> = {
  "23505": "unique",
  "23P01": "unique",
  "23503": "foreign-key",
  "23001": "foreign-key",
  "23514": "check",
  "23502": "not-null",
  "42P01": "table-missing",
  "42703": "column-missing",
}

/** What the driver tells of a server's error. */
interface ServerError {
  readonly severity?: unknown
  readonly code?: unknown
  readonly constraint?: unknown
  readonly column?: unknown
  readonly table?: unknown
}

/** Reads an error that was thrown while a transaction was applied; pure. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Conflict) return "conflict"
  const { severity, code } = error as ServerError
  if (severity !== "ERROR" || typeof code !== "string" || !SQLSTATE.test(code)) return "fatal"
  if (code === LOCK_NOT_AVAILABLE) return "contention"
  if (CLASH.has(code)) return "clash"
  if (code === CANCELED) return "slow"
  if (OF_ALL.has(code)) return "fatal"
  return OF_THE_SERVER.has(code.slice(0, 2)) ? "broken" : "conflict"
}

/** The conflict that a server's error is for the change that met it. */
export function conflictOf(error: unknown, change: PrimaryChange | undefined): Conflict {
  if (error instanceof Conflict) return error
  const { code, constraint, column, table } = error as ServerError
  const sqlstate = String(code)
  const named = [constraint, column].find((name) => typeof name === "string")
  return new Conflict(
    REASONS[sqlstate] ?? "refused",
    change?.target.table.name ?? (typeof table === "string" ? table : null),
    typeof named === "string" ? named : sqlstate,
  )
}
