import type { FindingEntry } from "./entry.ts"

/** The codes of findings that `understudy doctor` alone makes. */
export type DoctorFindingCode =
  | "doctor.argument-visible"
  | "primary.rights-missing"
  | "primary.rights-limited"
  | "primary.connections-scarce"
  | "clock.offset"
  | "storage.damaged"
  | "storage.little-space"

/** What is found by looking closer than a service does when it starts. */
export const DOCTOR_FINDINGS: Readonly<Record<DoctorFindingCode, FindingEntry>> = {
  "doctor.argument-visible": {
    severity: "warning",
    title: "A URL given as an argument is visible to other users of the machine.",
    message:
      "The URL was given as an argument: other users of this machine see it in the list of processes, and the shell keeps it in its history.",
    remedy: "Give it by DATABASE_URL, or on standard input: `understudy doctor -`.",
  },
  "primary.rights-missing": {
    severity: "error",
    title: "The PostgreSQL role may not make tables, so migrations fail.",
    message: "The role {user} may not make tables in {place}, and no migration has run there.",
    remedy: "As the owner of the database, run {grant}",
  },
  "primary.rights-limited": {
    severity: "warning",
    title: "The PostgreSQL role lacks a right that Understudy wants.",
    message: "The role {user} may not {what}.",
    remedy: "As the owner of the database, run {grant}",
  },
  "primary.connections-scarce": {
    severity: "warning",
    title: "The PostgreSQL server has fewer connections left than the pool may open.",
    message:
      "Of {max} connections that this role may have, {used} are in use; the pool may open {pool} more.",
    remedy: "Lower DATABASE_POOL_MAX, close other clients, or use the provider's pooler.",
  },
  "clock.offset": {
    severity: "warning",
    title: "The clocks of this machine and of the PostgreSQL server are apart.",
    message: "The clock of the server at {endpoint} is {offset} {direction} this machine's.",
    remedy: "Let both machines take their time from NTP.",
  },
  "storage.damaged": {
    severity: "error",
    title:
      "A SQLite file is damaged or no database; a service that starts sets it aside and begins a new one.",
    message: "{file} is damaged ({detail}); a service that starts sets it aside and begins a new one.",
    remedy: "Copy the file, then recover its rows by {command}",
  },
  "storage.little-space": {
    severity: "warning",
    title: "Little space is left where the SQLite files are.",
    message: "{free} are left in {folder}, where the SQLite files are.",
    remedy: "Free space on that disk, or give it more.",
  },
}
