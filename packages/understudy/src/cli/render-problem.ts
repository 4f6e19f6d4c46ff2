import type { Finding } from "../errors/finding.ts"

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
