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
