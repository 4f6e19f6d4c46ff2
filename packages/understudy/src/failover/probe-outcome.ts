import type { FindingCode } from "../errors/finding.ts"

/**
 * What a probe has shown. `silent`: no answer in time, or nothing certain. `gone`: the server, or the system in its place,
 * has told that it does not serve. `refused`: a server answers, and does not let us in. `crowded`: it has no place left.
 * `void`: no answer came in time, and the fault may be our own.
 */
export type ProbeOutcome = "good" | "silent" | "gone" | "refused" | "crowded" | "void"

const OUTCOMES: ReadonlyMap<FindingCode, ProbeOutcome> = new Map([
  ["primary.timeout", "silent"],
  // A resolver that fails for a moment says nothing of the server.
  ["primary.dns", "silent"],
  ["primary.refused", "gone"],
  ["primary.unreachable", "gone"],
  ["primary.disconnected", "gone"],
  ["primary.pooler", "gone"],
  ["primary.starting", "gone"],
  ["primary.read-only", "gone"],
  ["primary.too-many-connections", "crowded"],
])

/** What a failed probe has shown, by the finding that says why it failed. */
export function outcomeOf(reason: FindingCode): ProbeOutcome {
  return OUTCOMES.get(reason) ?? "refused"
}
