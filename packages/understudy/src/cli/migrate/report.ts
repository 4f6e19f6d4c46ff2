import type { Finding } from "../../errors/finding.ts"
import type { UnderstudyError } from "../../errors/understudy-error.ts"
import type { MigrationPreview } from "../../migrate/preview.ts"

/** What stands in the way, or is to be known: a finding, or an error of the catalogue. */
export type Problem = Pick<Finding, "severity" | "message" | "remedy" | "docs"> & { readonly code: string }

/** What `understudy migrate` did, or would do. Holds no secret. */
export interface MigrateReport {
  /** Did it only look? */
  readonly planOnly: boolean
  /** The database, in words; null where there is none to migrate. */
  readonly database: string | null
  /** Those that ran before. */
  readonly executed: readonly string[]
  /** Those that ran now. */
  readonly applied: readonly string[]
  /** Those that have not run, with what each would run on either engine. */
  readonly pending: readonly MigrationPreview[]
  /** Those that the database has and the program does not. */
  readonly ahead: readonly string[]
  /** Files of the folder that are no migrations. */
  readonly passedOver: readonly string[]
  readonly problems: readonly Problem[]
}

/** An error of the catalogue as a problem. */
export function problemOf({ code, message, remedy, docs }: UnderstudyError): Problem {
  return { code, severity: "error", message, remedy, docs }
}
