import type { FindingEntry } from "./entry.ts"

/** The codes of findings about what Understudy made on the primary, and its removal. */
export type RemovalFindingCode =
  "mirror.table-held" | "mirror.not-owner" | "mirror.depended-on" | "mirror.file-unreadable"

/** What keeps the command line from looking at the mirror, or from taking it away. */
export const REMOVAL_FINDINGS: Readonly<Record<RemovalFindingCode, FindingEntry>> = {
  "mirror.table-held": {
    severity: "error",
    title: "A long transaction holds a table that has triggers of Understudy's; nothing was changed.",
    message:
      "On PostgreSQL at {endpoint} somebody held a table for too long ({detail}); nothing was changed.",
    remedy: "Try again when the transaction is over: pg_stat_activity shows it by its xact_start.",
  },
  "mirror.not-owner": {
    severity: "error",
    title: "What Understudy made on PostgreSQL belongs to another role; nothing was changed.",
    message:
      "On PostgreSQL at {endpoint} this role may not look at or change what Understudy made there ({detail}).",
    remedy: "Run the command with the URL of the role with which the service connects, or of a superuser.",
  },
  "mirror.depended-on": {
    severity: "error",
    title: "Something else depends on what Understudy made on PostgreSQL; nothing was dropped.",
    message: "On PostgreSQL at {endpoint} nothing was dropped: {detail}.",
    remedy: "Drop or change what is named first.",
  },
  "mirror.file-unreadable": {
    severity: "error",
    title: "The fallback's SQLite file cannot be read now.",
    message: "{file} cannot be read now ({detail}).",
    remedy: "Try again as the service's user; `understudy doctor` tells more of the file.",
  },
}
