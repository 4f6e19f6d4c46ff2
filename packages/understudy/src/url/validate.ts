import { Notes, positionOf, refusal, type Refusal, type Slice } from "./notes.ts"
import { isPlaceholderValue } from "./placeholders.ts"
import { readPostgresLocation } from "./postgres-location.ts"
import { referenceKind } from "./references.ts"
import { readScheme } from "./scheme.ts"
import { readBarePath, readSqliteLocation } from "./sqlite-location.ts"
import { hasSecondUrl, whyNoUrl } from "./strangers.ts"
import { unwrap } from "./unwrap.ts"
import type { PostgresParts, SqliteParts, UrlVerdict } from "./verdict.ts"

/** How a URL is validated. */
export interface ValidateOptions {
  /** The variable that findings name. Default: `DATABASE_URL`. */
  readonly variable?: string
}

/**
 * Says what became of one database URL. Pure, total and linear in time: it never throws, whatever the text, and it
 * repairs only where exactly one reading is possible, with a finding for each repair. No finding holds a piece of the
 * text; a refused one may itself be a bare password.
 */
export function validateDatabaseUrl(
  text: string | null | undefined,
  { variable = "DATABASE_URL" }: ValidateOptions = {},
): UrlVerdict {
  const notes = new Notes(variable)
  // Also what plain JavaScript may pass: it is no text, so nothing is set.
  if (typeof text !== "string") return unset(notes)
  const inner = unwrap({ text, offset: 0 }, notes)
  if ("code" in inner) return refuse(inner, notes)

  if (inner.text === "" && !notes.has("url.trailing-garbage")) {
    notes.drop("url.whitespace")
    notes.drop("url.invisible-characters")
    notes.add("url.blank")
    return unset(notes)
  }
  const reference = referenceKind(inner.text)
  if (reference !== null) {
    notes.add("url.unresolved-reference", { reference })
    return unset(notes)
  }
  return judge(inner, notes)
}

function judge(inner: Slice, notes: Notes): UrlVerdict {
  const scheme = readScheme(inner, notes)
  if (scheme.kind === "other") return refuse(scheme.refusal, notes)
  if (scheme.kind === "none") {
    if (isPlaceholderValue(inner.text)) {
      return refuse(refusal("url.placeholder", { part: "whole value", position: positionOf(inner) }), notes)
    }
    const path = readBarePath(inner)
    return path === null
      ? refuse(refusal("url.not-a-url", { why: whyNoUrl(inner.text) }), notes)
      : sqlite(path, notes)
  }
  if (hasSecondUrl(scheme.rest.text)) {
    return refuse(refusal("url.not-a-url", { why: "it holds more than one URL" }), notes)
  }
  if (scheme.kind === "sqlite") {
    const parts = readSqliteLocation(scheme.scheme, scheme.rest, notes)
    return "code" in parts ? refuse(parts, notes) : sqlite(parts, notes)
  }
  const parts = readPostgresLocation(scheme.rest, scheme.jdbc, notes)
  return "code" in parts ? refuse(parts, notes) : postgresql(parts, notes)
}

function unset(notes: Notes): UrlVerdict {
  return Object.freeze({ verdict: "unset", dialect: null, parts: null, findings: notes.list() })
}

function refuse({ code, details }: Refusal, notes: Notes): UrlVerdict {
  notes.add(code, details)
  return Object.freeze({ verdict: "refused", dialect: null, parts: null, findings: notes.list() })
}

function sqlite(parts: SqliteParts, notes: Notes): UrlVerdict {
  const verdict = notes.repaired ? "repaired" : "ok"
  return Object.freeze({ verdict, dialect: "sqlite", parts, findings: notes.list() })
}

function postgresql(parts: PostgresParts, notes: Notes): UrlVerdict {
  const verdict = notes.repaired ? "repaired" : "ok"
  return Object.freeze({ verdict, dialect: "postgresql", parts, findings: notes.list() })
}
