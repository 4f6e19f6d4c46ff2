import type { FindingEntry } from "./entry.ts"

/** The codes of findings about the writes that the fallback has taken. */
export type JournalFindingCode =
  | "journal.owed"
  | "journal.stranded"
  | "journal.held"
  | "journal.hindered"
  | "journal.no-capture"
  | "journal.not-handed-back"
  | "journal.parked"

/** What is to be said of the writes that the fallback has taken, and of handing them back. */
export const JOURNAL_FINDINGS: Readonly<Record<JournalFindingCode, FindingEntry>> = {
  "journal.owed": {
    severity: "warning",
    title: "The fallback holds writes that PostgreSQL has not yet; they are handed back.",
    message: "{file} holds writes that PostgreSQL has not yet; they are handed back before it serves.",
    remedy: "Nothing is to be done; keep the file until they are handed back.",
  },
  "journal.stranded": {
    severity: "warning",
    title: "A file of the fallback holds writes that PostgreSQL has not yet, and nothing hands them back.",
    message:
      "{file} holds writes that PostgreSQL has not yet. With these settings nothing hands them back; the file is kept.",
    remedy:
      "Start with DATABASE_URL as it was, DATABASE_ENGINE=auto and DATABASE_FALLBACK=read-write, and they are handed back by themselves; `understudy journal` shows them.",
  },
  "journal.held": {
    severity: "error",
    title: "Writes that the fallback took are kept, and are not handed back to PostgreSQL.",
    message:
      "{changes} row changes that the fallback took are kept in {file} and are not handed back: {why}.",
    remedy:
      "`understudy journal` shows them. They are handed back where the PostgreSQL that they were meant for, and a program that knows its migrations, are there again; `understudy journal discard` gives them up.",
  },
  "journal.hindered": {
    severity: "warning",
    title:
      "Somebody holds a row in PostgreSQL that is to be handed back; the fallback serves until it is free.",
    message:
      "Somebody has held {what} in PostgreSQL for more than 10 s, and the fallback's writes wait for it.",
    remedy:
      "Look in pg_stat_activity for a session that is idle in transaction, and end it with pg_terminate_backend(pid).",
  },
  "journal.no-capture": {
    severity: "error",
    title: "The fallback takes no writes, since they could not be kept for PostgreSQL.",
    message:
      "The fallback takes no writes, since they could not be kept for PostgreSQL ({detail}); it is tried again.",
    remedy: "Look at the disk of the fallback's file; the other findings may tell more.",
  },
  "journal.not-handed-back": {
    severity: "warning",
    title: "PostgreSQL is there, but the fallback's writes could not be handed back yet; it is tried again.",
    message:
      "PostgreSQL is there, but the fallback's writes could not be handed back yet ({detail}); it is tried again.",
    remedy: "Look at what PostgreSQL refused, and at its log; the fallback serves meanwhile.",
  },
  "journal.parked": {
    severity: "warning",
    title: "Some transactions of the fallback met other rows in PostgreSQL; they are parked for a person.",
    message: "{count} transactions of the fallback met other rows in PostgreSQL and are parked.",
    remedy: "`understudy conflicts` lists them; each is applied or dismissed by it.",
  },
}
