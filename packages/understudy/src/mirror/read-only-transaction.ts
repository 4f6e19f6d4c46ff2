import { EXACT_TEXTS } from "../engine/postgres/exact-texts.ts"

/** The server's own limits: a role's may be too short for a copy, and would end it each time. */
const LIMITS = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"]

/**
 * Begins to look at the primary as it is at one moment, without an id of the transaction's own. Rows that a policy hides
 * are an error, not a copy without them.
 */
export const BEGIN_READ_ONLY: string = [
  "begin isolation level repeatable read, read only",
  ...LIMITS.map((limit) => `set local ${limit} = 0`),
  "set local row_security = off",
  EXACT_TEXTS,
].join("; ")

/**
 * Begins to follow. The server takes what is new for a third of the journal, which it would read as a whole each time;
 * there is an index for it.
 */
export const BEGIN_FOLLOWING: string = `${BEGIN_READ_ONLY}; set local enable_seqscan = off`
