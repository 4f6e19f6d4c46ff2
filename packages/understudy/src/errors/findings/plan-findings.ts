import type { FindingEntry } from "./entry.ts"

/** The codes of plan findings. */
export type PlanFindingCode = "storage.ephemeral"

/** What the plan says of the machine and of the place where SQLite lives. */
export const PLAN_FINDINGS: Readonly<Record<PlanFindingCode, FindingEntry>> = {
  "storage.ephemeral": {
    severity: "warning",
    title: "SQLite's folder does not survive a restart of the container.",
    message: "The SQLite files are in {folder}, which does not survive a restart: {why}.",
    remedy:
      "Set DATABASE_URL to a PostgreSQL database, or DATABASE_PATH to a folder on a durable local disk.",
  },
}
