import type { FindingEntry } from "./entry.ts"

/** The codes of url findings. */
export type UrlFindingCode = "url.blank"

/** What can be said of one database URL. */
export const URL_FINDINGS: Readonly<Record<UrlFindingCode, FindingEntry>> = {
  "url.blank": {
    severity: "info",
    title: "The database URL is empty.",
    message: "{variable} is empty, which counts as not set.",
    remedy: "Set {variable} to a PostgreSQL URL, or remove the variable.",
  },
}
