import type { FindingEntry } from "./entry.ts"

/** What can be said of one database URL. */
export const URL_FINDINGS = {
  "url.blank": {
    severity: "info",
    title: "The database URL is empty.",
    message: "{variable} is empty, which counts as not set.",
    remedy: "Set {variable} to a PostgreSQL URL, or remove the variable.",
  },
} as const satisfies Record<string, FindingEntry>
