import type { FindingEntry } from "./entry.ts"

/** The codes of findings about the fallback's copy of the primary. */
export type MirrorFindingCode =
  | "mirror.not-allowed"
  | "mirror.switched-off"
  | "mirror.no-file"
  | "mirror.failed"
  | "mirror.tables-left-out"
  | "primary.changed"
  | "fallback.read-only"
  | "fallback.no-copy"

/** What is to be said of the fallback's copy of the primary. */
export const MIRROR_FINDINGS: Readonly<Record<MirrorFindingCode, FindingEntry>> = {
  "mirror.not-allowed": {
    severity: "warning",
    title: "The role may not have changes captured on PostgreSQL; the fallback has no copy of it.",
    message: "PostgreSQL refused to have changes captured ({detail}); the fallback has no copy of it.",
    remedy:
      "As the owner of the database: GRANT CREATE ON DATABASE … TO …; or create the schema understudy with the service's role as its owner. Or set DATABASE_MIRROR=off.",
  },
  "mirror.switched-off": {
    severity: "info",
    title: "The fallback's copy is switched off on PostgreSQL.",
    message: "Somebody has switched the mirror off on PostgreSQL, or removed what it made there.",
    remedy: "`understudy mirror on` lets it begin anew; DATABASE_MIRROR=off says that it is meant.",
  },
  "mirror.no-file": {
    severity: "warning",
    title: "The fallback has no file in which a copy of PostgreSQL could be kept.",
    message: "No file can be used for the fallback's copy of PostgreSQL ({detail}).",
    remedy: "Set DATABASE_PATH to a folder that can be written to.",
  },
  "mirror.failed": {
    severity: "warning",
    title: "The fallback's copy of PostgreSQL could not be kept up; it is tried again.",
    message: "The fallback's copy of PostgreSQL could not be kept up ({detail}); it is tried again.",
    remedy:
      "Look at the disk of the fallback's file and at PostgreSQL's log; `understudy mirror status` tells more.",
  },
  "mirror.tables-left-out": {
    severity: "warning",
    title: "Some tables have no copy in the fallback: while PostgreSQL is away, they answer with an error.",
    message: "These tables have no copy in the fallback: {tables}.",
    remedy:
      "docs/mirror.md tells what each reason means; tables that are meant to have none stand in DATABASE_MIRROR_EXCLUDE.",
  },
  "primary.changed": {
    severity: "warning",
    title: "The PostgreSQL server is another one than before, or was set back; the copy was made anew.",
    message:
      "PostgreSQL at {endpoint} is another database than the one that the fallback's file was seen by, or was set back to an earlier state; its copy was made anew.",
    remedy:
      "Check that DATABASE_URL names the database that is meant; after a restore there is nothing to do.",
  },
  "fallback.read-only": {
    severity: "warning",
    title: "The fallback takes no writes.",
    message: "The fallback serves reads from its copy of PostgreSQL and takes no writes: {why}.",
    remedy: "Bring PostgreSQL back, and it serves again by itself; the other findings tell why it is away.",
  },
  "fallback.no-copy": {
    severity: "warning",
    title: "The fallback has no copy of PostgreSQL: its tables answer with an error.",
    message:
      "{file} was seen by PostgreSQL, but its copy was not complete when that went away, or cannot be read now.",
    remedy: "Bring PostgreSQL back, and it serves again by itself; the copy is made then.",
  },
}
