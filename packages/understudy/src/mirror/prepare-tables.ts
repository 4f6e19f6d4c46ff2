import type { Client } from "pg"
import type { FileTable } from "../engine/sqlite/program-tables.ts"
import { installCapture } from "../journal/install-capture.ts"
import { findPrimaryTables, type PrimaryTable } from "../journal/primary-table.ts"
import type { AbsenceCode, TableCopy } from "./absence.ts"
import { matchTable, type MirroredTable, type Mismatch } from "./mirrored-table.ts"

/** Which tables are copied, as the settings have it. */
export interface MirrorLimits {
  /** Names of tables that are left out. */
  readonly exclude: readonly string[]
  /** Rows of one table. */
  readonly maxRows: number
  /** Bytes of one table on the primary, without its indexes. */
  readonly maxBytes: number
}

/** What came of the look at the tables of both. */
export interface PreparedTables {
  /** Those whose changes are captured. */
  readonly mirrored: readonly MirroredTable[]
  /** All others, with the reason. */
  readonly absent: readonly TableCopy[]
}

/** SQLSTATEs of a table that cannot have triggers now: no right, or held by somebody. */
const ABSENCES: Readonly<Record<string, AbsenceCode>> = { "42501": "not-allowed", "55P03": "busy" }

/** Matches the file's tables with the primary's, and has the changes of those captured that can be copied. */
export async function prepareTables(
  client: Client,
  files: readonly FileTable[],
  limits: MirrorLimits,
  unfit: ReadonlyMap<string, Mismatch>,
): Promise<PreparedTables> {
  const primaries = await findPrimaryTables(
    client,
    files.map(({ name }) => name),
  )
  const mirrored: MirroredTable[] = []
  const absent: TableCopy[] = []
  for (const file of files) {
    const primary = primaries.find(({ name }) => name === file.name)
    const matched = unfit.get(file.name) ?? overLimit(file.name, primary, limits) ?? matchTable(file, primary)
    const outcome = "absence" in matched ? matched : ((await capture(client, matched.primary)) ?? matched)
    if ("absence" in outcome) absent.push({ name: file.name, ...outcome })
    else mirrored.push(outcome)
  }
  return { mirrored, absent }
}

function overLimit(
  name: string,
  primary: PrimaryTable | undefined,
  { exclude, maxRows, maxBytes }: MirrorLimits,
): Mismatch | undefined {
  if (exclude.includes(name)) return { absence: "excluded", detail: null }
  if (primary === undefined) return undefined
  if (primary.sizeBytes > maxBytes) return { absence: "over-limit", detail: "bytes" }
  if (primary.estimatedRows > maxRows) return { absence: "over-limit", detail: "rows" }
  return undefined
}

/** What the server refuses for one table does not keep the others from being copied. */
async function capture(client: Client, table: PrimaryTable): Promise<Mismatch | undefined> {
  try {
    await installCapture(client, table)
    return undefined
  } catch (error) {
    const { severity, code } = error as { severity?: unknown; code?: unknown }
    if (severity !== "ERROR" || typeof code !== "string") throw error
    return { absence: ABSENCES[code] ?? "not-capturable", detail: code }
  }
}
