import type { FindingEntry } from "./entry.ts"

/** The codes of findings about what Understudy made on the primary, what is parked there, and its removal. */
export type RemovalFindingCode =
  | "mirror.table-held"
  | "mirror.not-owner"
  | "mirror.depended-on"
  | "mirror.file-unreadable"
  | "conflicts.refused"
  | "uninstall.parked"
  | "uninstall.owed"

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
  "conflicts.refused": {
    severity: "error",
    title: "PostgreSQL refused to show or change what is parked; nothing was changed.",
    message:
      "PostgreSQL at {endpoint} refused to show or change what is parked ({detail}); nothing was changed.",
    remedy: "Run the command with the URL of the role with which the service connects, or of a superuser.",
  },
  "uninstall.parked": {
    severity: "error",
    title: "Parked transactions wait for a decision, and are nowhere but in the schema understudy.",
    message:
      "On PostgreSQL at {endpoint} {count} parked transactions wait for a decision: acknowledged writes that are nowhere else. Dropping the schema understudy gives them up.",
    remedy: "Settle them by `understudy conflicts`; `understudy uninstall --force` gives them up, for ever.",
  },
  "uninstall.owed": {
    severity: "error",
    title: "A file of the fallback holds writes that this PostgreSQL has not yet.",
    message:
      "{file} holds {changes} row changes that PostgreSQL at {endpoint} has not. Without the schema understudy it is another PostgreSQL to that file, and they are kept from it, or parked a second time.",
    remedy:
      "Start the service until they are handed back, or give them up by `understudy journal discard`; `understudy uninstall --force` goes on without them.",
  },
}
