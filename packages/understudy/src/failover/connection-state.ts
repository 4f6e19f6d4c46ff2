import type { FindingCode } from "../errors/finding.ts"

/** The state of a database as a whole. */
export type ConnectionState = "starting" | "embedded" | "primary" | "fallback" | "returning" | "closed"

/** Why the state is what it is: a finding's code, or that nothing special happened. */
export type StateReason = FindingCode | "start" | "configured" | "connected" | "closed"
