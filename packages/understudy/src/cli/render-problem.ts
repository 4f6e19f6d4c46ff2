import type { Finding } from "../errors/finding.ts"
import type { Plan } from "../plan/plan.ts"

/** A finding, or an error of the catalogue, as lines: what it is, what to do, where to read on. */
export function renderProblem({
  code,
  severity,
  message,
  remedy,
  docs,
}: Pick<Finding, "severity" | "message" | "remedy" | "docs"> & { readonly code: string }): string[] {
  return [`  ${severity}: ${message}`, `    do:   ${remedy}`, `    code: ${code}, ${docs}`]
}

/** Findings under their heading, as all that a command has to say. */
export function renderProblems(problems: readonly Finding[]): string {
  return ["Findings", ...problems.flatMap(renderProblem), ""].join("\n")
}

/** What a command says that needs a primary where the plan leads to none. */
export function renderNoPrimary({ findings, wanted }: Plan): string {
  const reasons = findings.filter(({ severity, code }) => severity === "error" || code === wanted)
  return `There is no PostgreSQL to work on.\n${reasons.length === 0 ? "" : renderProblems(reasons)}`
}
