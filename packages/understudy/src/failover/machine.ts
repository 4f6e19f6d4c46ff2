import type { FindingCode } from "../errors/finding.ts"
import type { Plan } from "../plan/plan.ts"
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
  /** Why the fallback serves first though the primary may answer: it holds writes that are not handed back. */
  readonly owed: FindingCode | null
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
  /** `candidate`: what serves. `opening`: what is being opened to serve, while nothing does. */
  | {
      readonly name: "fallback"
      readonly candidate: number | null
      readonly opening: number | null
      readonly reason: FindingCode
    }
  /** The fallback still serves; the reason is why. */
  | { readonly name: "returning"; readonly candidate: number; readonly reason: FindingCode }
  | { readonly name: "closed" }

/** What can happen. `candidate` tells of which one, so that news of an earlier one is recognised. */
export type MachineEvent =
  | { readonly type: "start" }
  | { readonly type: "opened"; readonly candidate: number }
  | { readonly type: "open-failed"; readonly candidate: number; readonly reason: FindingCode }
  | { readonly type: "migration-failed"; readonly candidate: number }
  | { readonly type: "primary-lost"; readonly reason: FindingCode }
  | { readonly type: "primary-back" }
  | { readonly type: "returned" }
  | { readonly type: "return-failed"; readonly reason: FindingCode }
  | { readonly type: "close" }

/** What is to be done then. */
export type MachineEffect =
  | { readonly type: "open"; readonly candidate: number }
  /** The primary's engine is of no use any more. */
  | { readonly type: "drop-primary" }
  /** Hand back what the fallback holds, and let the primary serve. */
  | { readonly type: "return" }
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
      return state === INITIAL_STATE ? start(context) : stay(state)
    case "opened":
      return isAwaited(state, event.candidate) ? serve(context, state, event.candidate) : stay(state)
    case "open-failed":
      return isAwaited(state, event.candidate) ? passOver(context, state, event) : stay(state)
    case "migration-failed":
      if (!isAwaited(state, event.candidate)) return stay(state)
      // What SQLite refuses may be well on the primary, and that may be back in a moment.
      if (hasPrimary(context) && context.candidates[event.candidate]?.role === "fallback")
        return passOver(context, state, { ...event, reason: "migration.failed" })
      return stay({ name: "starting", candidate: event.candidate, failure: "migration.failed", halted: true })
    case "primary-lost":
      return state.name === "primary" ? standIn(context, event.reason) : stay(state)
    case "primary-back":
      return state.name === "fallback" ? comeBack(context, state) : stay(state)
    case "returned":
      return stay(
        state.name === "returning" ? { name: "primary", candidate: PRIMARY, reason: "connected" } : state,
      )
    case "return-failed":
      if (state.name !== "returning") return stay(state)
      return stay({ ...state, name: "fallback", opening: null, reason: event.reason })
    case "close":
      return { state: { name: "closed" }, effects: [{ type: "shut" }] }
    default:
      return event satisfies never
  }
}

/** Where the plan has a primary that can be dialled, it stands first. */
const PRIMARY = 0

function hasPrimary({ candidates }: MachineContext): boolean {
  return candidates[PRIMARY]?.role === "primary"
}

function stay(state: MachineState): Step {
  return { state, effects: [] }
}

/** Is this news of the candidate that is being opened? */
function isAwaited(state: MachineState, candidate: number): boolean {
  if (state.name === "starting") return state.candidate === candidate && !("halted" in state)
  return state.name === "fallback" && state.opening === candidate
}

/** What the fallback owes the primary is handed back by the one way there is: it serves first, and returns. */
function start(context: MachineContext): Step {
  return context.owed !== null && hasPrimary(context) && context.candidates.length > 1
    ? tryCandidate(context, PRIMARY + 1, context.owed)
    : tryCandidate(context, 0, null)
}

function tryCandidate(context: MachineContext, candidate: number, failure: FindingCode | null): Step {
  if (candidate < context.candidates.length) {
    return { state: { name: "starting", candidate, failure }, effects: [{ type: "open", candidate }] }
  }
  return stay(waiting(failure ?? context.wanted ?? "primary.failed"))
}

/** Nothing serves; the primary is opened once it is back. */
function waiting(reason: FindingCode): MachineState {
  return { name: "fallback", candidate: null, opening: null, reason }
}

/** The primary has served, and does not any more. */
function standIn(context: MachineContext, reason: FindingCode): Step {
  return openNext(context, PRIMARY + 1, reason, [{ type: "drop-primary" }])
}

function openNext(
  { candidates }: MachineContext,
  opening: number,
  reason: FindingCode,
  effects: readonly MachineEffect[],
): Step {
  if (opening >= candidates.length) return { state: waiting(reason), effects }
  return {
    state: { name: "fallback", candidate: null, opening, reason },
    effects: [...effects, { type: "open", candidate: opening }],
  }
}

function comeBack(context: MachineContext, state: Extract<MachineState, { name: "fallback" }>): Step {
  const { candidate, opening, reason } = state
  if (!hasPrimary(context) || opening !== null) return stay(state)
  if (candidate !== null)
    return { state: { name: "returning", candidate, reason }, effects: [{ type: "return" }] }
  return { state: { ...state, opening: PRIMARY }, effects: [{ type: "open", candidate: PRIMARY }] }
}

/** A failed primary is the reason of all that follows; a failed SQLite file only leads to the next place. */
function passOver(
  context: MachineContext,
  state: MachineState,
  { candidate, reason }: { readonly candidate: number; readonly reason: FindingCode },
): Step {
  if (state.name === "starting") return tryCandidate(context, candidate + 1, state.failure ?? reason)
  if (state.name !== "fallback") return stay(state)
  return candidate === PRIMARY ? stay(waiting(reason)) : openNext(context, candidate + 1, state.reason, [])
}

function serve(context: MachineContext, state: MachineState, candidate: number): Step {
  const role = context.candidates[candidate]?.role
  if (role === "primary") return stay({ name: "primary", candidate, reason: "connected" })
  if (state.name === "fallback") return stay({ ...state, candidate, opening: null })
  const failure = state.name === "starting" ? state.failure : null
  const reason = context.wanted ?? (hasPrimary(context) ? failure : null)
  if (reason !== null || role === "fallback") {
    return stay({ name: "fallback", candidate, opening: null, reason: reason ?? "primary.failed" })
  }
  return stay({ name: "embedded", candidate, reason: "configured" })
}

/** What the machine knows of a plan. */
export function contextOf({ candidates, wanted, owed }: Plan): MachineContext {
  const facts = candidates.map((each): CandidateFacts => ({
    role: each.kind === "postgresql" ? "primary" : each.role,
  }))
  return { candidates: facts, wanted, owed }
}

/** The candidate that serves; null while none does. */
export function servingCandidate(state: MachineState): number | null {
  return "reason" in state ? state.candidate : null
}

/** What a monitor of the primary looks for: that it is lost, that it is back, or nothing. */
export function watchOf(context: MachineContext, { name }: MachineState): "serving" | "away" | "none" {
  if (!hasPrimary(context)) return "none"
  if (name === "primary") return "serving"
  return name === "fallback" ? "away" : "none"
}

/** The machine's state in the words of the outside. */
export function connectionStateOf(state: MachineState): { state: ConnectionState; reason: StateReason } {
  switch (state.name) {
    case "starting":
      return { state: "starting", reason: "halted" in state ? state.failure : "start" }
    case "embedded":
    case "primary":
    case "fallback":
    case "returning":
      return { state: state.name, reason: state.reason }
    case "closed":
      return { state: "closed", reason: "closed" }
    default:
      return state satisfies never
  }
}
