import type { Environment } from "../environment/environment.ts"
import { PG_VARIABLES, type PgVariable } from "../environment/variables.ts"
import { fromPgVariables } from "../url/pg-variables.ts"
import { validateDatabaseUrl } from "../url/validate.ts"
import type { UrlVerdict } from "../url/verdict.ts"

/** What became of DATABASE_URL, or of PGHOST and its kin. */
export interface DatabaseReading {
  readonly verdict: UrlVerdict
  readonly source: string
}

/** Reads DATABASE_URL; where it is unset, PGHOST and its kin. The findings of both are kept. */
export function readDatabase(environment: Environment): DatabaseReading {
  const text =
    environment.values.DATABASE_URL ?? (environment.blank.includes("DATABASE_URL") ? "" : undefined)
  const url = validateDatabaseUrl(text, { variable: "DATABASE_URL" })
  if (url.verdict !== "unset") return { verdict: url, source: sourceOf(environment, "DATABASE_URL") }

  const group: Partial<Record<PgVariable, string>> = {}
  for (const name of PG_VARIABLES) {
    const value = environment.values[name]
    if (value !== undefined) group[name] = value
  }
  const named = Object.keys(group) as PgVariable[]
  const pg = fromPgVariables(group)
  const findings = Object.freeze([...url.findings, ...pg.findings])
  if (named.length === 0 || pg.verdict === "unset") {
    const source = url.findings.length > 0 ? sourceOf(environment, "DATABASE_URL") : "default"
    return { verdict: Object.freeze({ ...url, findings }), source }
  }
  const source = named.map((name) => sourceOf(environment, name)).join(", ")
  return { verdict: Object.freeze({ ...pg, findings }), source }
}

/** Is PostgreSQL wanted by this verdict? An unresolved reference or a refused value says that it was meant. */
export function wantsPostgres(verdict: UrlVerdict): boolean {
  if (verdict.dialect === "postgresql" || verdict.verdict === "refused") return true
  return verdict.findings.some(({ code }) => code === "url.unresolved-reference")
}

/** Names a variable as the source of a value. */
export function sourceOf(environment: Environment, variable: Environment["fromDotEnv"][number]): string {
  return environment.fromDotEnv.includes(variable) ? `${variable} in .env` : variable
}
