import { describeEndpoint } from "../url/render.ts"
import type { PostgresParts, UrlVerdict } from "../url/verdict.ts"
import { DEFINITIONS } from "./definitions.ts"
import type { SettingDefinition } from "./definition.ts"
import { rowsOfMirror } from "./mirror-rows.ts"
import type { RowValues, Settings } from "./settings.ts"

/** One setting as people read it. Secrets are masked. */
export interface SettingLine {
  readonly variable: string
  readonly value: string
  readonly source: string
}

/** Every setting with its value and its source, DATABASE_URL first. */
export function describeSettings(settings: Settings): readonly SettingLine[] {
  const keys = Object.keys(DEFINITIONS) as (keyof RowValues)[]
  const values: RowValues = { ...settings, ...rowsOfMirror(settings.mirror) }
  return [
    { variable: "DATABASE_URL", value: renderVerdict(settings.database), source: settings.sources.database },
    ...keys.map((key) => ({
      variable: DEFINITIONS[key].variable,
      value: (DEFINITIONS[key] as SettingDefinition<unknown>).render(values[key]),
      source: settings.sources[key],
    })),
  ]
}

/** A database URL for people: where it leads, never who goes there nor with what. */
export function renderVerdict(verdict: UrlVerdict): string {
  if (verdict.dialect === null) return verdict.verdict
  if (verdict.dialect === "sqlite") return `SQLite at ${printable(verdict.parts.path)} (${verdict.verdict})`
  return `PostgreSQL at ${renderTarget(verdict.parts)} (${verdict.verdict})`
}

/** Hosts and ports of a PostgreSQL URL. */
export function renderTarget(parts: PostgresParts): string {
  return printable(describeEndpoint(parts))
}

/** A name may hold an encoded newline, which would begin a line of its own in a log. */
function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, "?")
}
