import type { Tally } from "./run-program.ts"

function share(part: number, whole: number): string {
  return `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`
}

function mostOften(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .sort(([, left], [, right]) => right - left)
    .map(([name, times]) => `${name} ${times}`)
    .join(", ")
}

/** How statements ended, as lines. A generator whose statements mostly fail, or give no rows, proves nothing. */
export function describeTally({
  statements,
  errors,
  refused,
  withRows,
  severalRules,
  constructs,
  sqlstates,
}: Tally): string[] {
  return [
    `${statements} statements: ${share(withRows, statements)} with rows, ${share(errors, statements)} errors, ${share(refused, statements)} refused by name`,
    `broke several rules, of which each engine told another: ${severalRules}`,
    `errors: ${mostOften(sqlstates)}`,
    `refused: ${mostOften(constructs)}`,
  ]
}
