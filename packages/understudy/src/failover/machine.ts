import type { FindingCode } from "../errors/finding.ts"
import type { ConnectionState, StateReason } from "./connection-state.ts"

/** What the machine knows of a candidate of the plan. */
export interface CandidateFacts {
  readonly role: "primary" | "fallback" | "embedded"
}

/** What does not change while the machine runs. */
export interface MachineContext {
  readonly candidates: readonly CandidateFacts[]
  /** Why PostgreSQL cannot serve, where the plan knows it already. */
  readonly wanted: FindingCode | null
}

/** The state of a database, each with only its own data. `candidate` counts in the plan's order. */
export type MachineState =
  | { readonly name: "starting"; readonly candidate: number; readonly failure: FindingCode | null }
  | {
      readonly name: "starting"
      readonly candidate: number
      readonly failure: FindingCode
      readonly halted: true
    }
  | { readonly name: "embedded" | "primary"; readonly candidate: number; readonly reason: StateReason }
  | { readonly name: "fallback"; readonly candidate: number | null; readonly reason: FindingCode }
  | { readonly name: "closed" }

/** What can happen. `candidate` tells of which one, so that news of an earlier one is recognised. */
export type MachineEvent =
  | { readonly type: "start" }
  | { readonly type: "opened"; readonly candidate: number }
  | { readonly type: "open-failed"; readonly candidate: number; readonly reason: FindingCode }
  | { readonly type: "migration-failed"; readonly candidate: number }
  | { readonly type: "retry-due" }
  | { readonly type: "close" }

/** What is to be done then. */
export type MachineEffect =
  | { readonly type: "open"; readonly candidate: number }
  | { readonly type: "retry-later" }
  | { readonly type: "shut" }

/** A step of the machine. */
export interface Step {
  readonly state: MachineState
  readonly effects: readonly MachineEffect[]
}

/** The state before anything has happened. */
export const INITIAL_STATE: MachineState = { name: "starting", candidate: 0, failure: null }

/** The next state and what is to be done. Pure: no clock, no I/O. */
export function reduce(context: MachineContext, state: MachineState, event: MachineEvent): Step {
  if (state.name === "closed") return stay(state)
  switch (event.type) {
    case "start":
      return state === INITIAL_STATE ? tryCandidate(context, 0, null) : stay(state)
    case "opened":
      return isAwaited(state, event.candidate) ? serve(context, state, event.candidate) : stay(state)
    case "open-failed":
      return isAwaited(state, event.candidate) ? passOver(context, state, event) : stay(state)
    case "migration-failed":
      if (!isAwaited(state, event.candidate)) return stay(state)
      return stay({ name: "starting", candidate: event.candidate, failure: "migration.failed", halted: true })
    case "retry-due":
      return isWaiting(state) ? { state, effects: [{ type: "open", candidate: 0 }] } : stay(state)
    case "close":
      return { state: { name: "closed" }, effects: [{ type: "shut" }] }
    default:
      return event satisfies never
  }
}

function stay(state: MachineState): Step {
  return { state, effects: [] }
}

/** Nothing serves, and the primary is dialled again and again. */
function isWaiting(state: MachineState): boolean {
  return state.name === "fallback" && state.candidate === null
}

/** Is this news of the candidate that is being opened? */
function isAwaited(state: MachineState, candidate: number): boolean {
  if (state.name === "starting") return state.candidate === candidate && !("halted" in state)
  return isWaiting(state) && candidate === 0
}

function tryCandidate(context: MachineContext, candidate: number, failure: FindingCode | null): Step {
  if (candidate < context.candidates.length) {
    return { state: { name: "starting", candidate, failure }, effects: [{ type: "open", candidate }] }
  }
  const reason = failure ?? context.wanted ?? "primary.failed"
  const dials = context.candidates[0]?.role === "primary"
  return {
    state: { name: "fallback", candidate: null, reason },
    effects: dials ? [{ type: "retry-later" }] : [],
  }
}

/** A failed primary is the reason of all that follows; a failed SQLite file only leads to the next place. */
function passOver(
  context: MachineContext,
  state: MachineState,
  { candidate, reason }: { readonly candidate: number; readonly reason: FindingCode },
): Step {
  if (isWaiting(state))
    return { state: { name: "fallback", candidate: null, reason }, effects: [{ type: "retry-later" }] }
  const earlier = state.name === "starting" ? state.failure : null
  return tryCandidate(context, candidate + 1, earlier ?? reason)
}

function serve(context: MachineContext, state: MachineState, candidate: number): Step {
  const role = context.candidates[candidate]?.role
  if (role === "primary") return stay({ name: "primary", candidate, reason: "connected" })
  const failure = state.name === "starting" ? state.failure : null
  const reason = context.wanted ?? (context.candidates[0]?.role === "primary" ? failure : null)
  if (reason !== null || role === "fallback") {
    return stay({ name: "fallback", candidate, reason: reason ?? "primary.failed" })
  }
  return stay({ name: "embedded", candidate, reason: "configured" })
}

/** The machine's state in the words of the outside. */
export function connectionStateOf(state: MachineState): { state: ConnectionState; reason: StateReason } {
  switch (state.name) {
    case "starting":
      return { state: "starting", reason: "halted" in state ? state.failure : "start" }
    case "embedded":
    case "primary":
    case "fallback":
      return { state: state.name, reason: state.reason }
    case "closed":
      return { state: "closed", reason: "closed" }
    default:
      return state satisfies never
  }
}
