import type { Clock } from "../../base/clock.ts"
import type { Redactor } from "../../base/redact.ts"
import { finding, type Finding, type FindingCode } from "../../errors/finding.ts"
import { detailOf, diagnose } from "../../engine/postgres/diagnose.ts"
import type { PostgresParts } from "../../url/verdict.ts"
import type { Step, StepName } from "../report.ts"

/** One server of the URL, and how it is asked. */
export interface Target {
  readonly parts: PostgresParts
  readonly host: string
  readonly port: number
  /** As findings and lines name it. */
  readonly endpoint: string
  /** May host and addresses be shown? */
  readonly shown: boolean
  /** How long each wait may take. */
  readonly timeoutMs: number
  /** How many connections a service would open at most. */
  readonly poolMax: number
  readonly redact: Redactor
  readonly clock: Clock
}

/** A step that went well, in whole milliseconds. */
export function done(name: StepName, text: string, tookMs: number | null): Step {
  return step(name, "ok", text, tookMs, [])
}

/** A step that failed: the error's own words, and the finding for it. */
export function failed(
  name: StepName,
  target: Target,
  error: unknown,
  tookMs: number | null,
  code: FindingCode = diagnose(error),
): Step {
  return step(name, "failed", wordsOf(target, error), tookMs, [findingOf(target, error, code)])
}

/** The finding for what a socket, a server or the driver threw. */
export function findingOf(target: Target, error: unknown, code: FindingCode = diagnose(error)): Finding {
  return finding(code, {
    endpoint: target.endpoint,
    limitMs: target.timeoutMs,
    detail: wordsOf(target, error),
  })
}

/** What an error says for itself, without secrets and on one line. */
export function wordsOf(target: Target, error: unknown): string {
  return isLate(error)
    ? `no answer within ${target.timeoutMs} ms`
    : target.redact(detailOf(error)).replaceAll(/\p{C}/gu, "?")
}

function isLate(error: unknown): boolean {
  return error instanceof Error && error.name === "TimeoutError"
}

/** A step of any kind. */
export function step(
  name: StepName,
  status: Step["status"],
  text: string,
  tookMs: number | null,
  findings: readonly Finding[],
): Step {
  const whole = tookMs === null ? null : Math.max(0, Math.round(tookMs))
  return Object.freeze({ name, status, text, tookMs: whole, findings: Object.freeze([...findings]) })
}
