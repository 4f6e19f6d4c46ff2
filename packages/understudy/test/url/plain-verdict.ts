import { validateDatabaseUrl } from "../../src/url/validate.ts"
import type { PostgresParts, SqliteParts, UrlVerdict } from "../../src/url/verdict.ts"

/** The parts of a verdict as plain data, the password in the open. */
export function plainParts(parts: PostgresParts | SqliteParts | null): unknown {
  if (parts === null || "path" in parts) return parts
  const { user, password, hosts, database, params } = parts
  return { user, password: password === null ? null : password.reveal(), hosts, database, params }
}

/** The codes of a verdict's findings. */
export function codesOf({ findings }: UrlVerdict): string[] {
  return findings.map(({ code }) => code)
}

/** Verdict, codes, and the password in the open. */
export function read(text: string): {
  verdict: string
  codes: string[]
  parts: PostgresParts | null
  password: string | null
} {
  const verdict = validateDatabaseUrl(text)
  const parts = verdict.dialect === "postgresql" ? verdict.parts : null
  return {
    verdict: verdict.verdict,
    codes: codesOf(verdict),
    parts,
    password: parts?.password?.reveal() ?? null,
  }
}
