import { parseDeclaredType, parseLogicalType, type LogicalType } from "../engine/logical-type.ts"
import type { FileTable } from "../engine/sqlite/program-tables.ts"
import { toStoredOf, type ToStored } from "../engine/sqlite/stored-value.ts"
import type { PrimaryTable } from "../journal/primary-table.ts"
import type { AbsenceCode } from "./absence.ts"

/** A column that is copied. */
export interface MirroredColumn {
  readonly name: string
  readonly type: LogicalType
  /** Its place among all the columns of the primary's table. */
  readonly place: number
  readonly toStored: ToStored
}

/** A table that both have, and how its rows get from one to the other. */
export interface MirroredTable {
  readonly primary: PrimaryTable
  /** What is copied: all but generated columns, which the file computes itself. */
  readonly columns: readonly MirroredColumn[]
  /** The places of the key's columns in `columns`, in the order of the key on the primary. */
  readonly key: readonly number[]
}

/** Why a table has no copy, where the two do not match. */
export interface Mismatch {
  readonly absence: AbsenceCode
  readonly detail: string | null
}

/** Matches a table of the file with the primary's; pure. Columns that only the primary has are passed over. */
export function matchTable(file: FileTable, primary: PrimaryTable | undefined): MirroredTable | Mismatch {
  if (primary === undefined) return { absence: "not-on-primary", detail: null }
  if (primary.key.length === 0 || !sameNames(primary.key, file.key))
    return { absence: "no-key", detail: null }
  if (primary.hasHeirs) return { absence: "has-heirs", detail: null }
  if (primary.oddPartition !== null) return { absence: "partition-differs", detail: primary.oddPartition }
  const columns: MirroredColumn[] = []
  for (const { name, type: declared, isGenerated } of file.columns) {
    const theirs = primary.columns.find((column) => column.name === name)
    const type = parseDeclaredType(declared)
    const theirType = theirs === undefined ? undefined : parseLogicalType(theirs.type)
    if (
      theirs === undefined ||
      type === undefined ||
      !isSameType(theirType, type) ||
      theirs.isGenerated !== isGenerated
    )
      return { absence: "column-differs", detail: name }
    if (!isGenerated)
      columns.push({ name, type, place: primary.columns.indexOf(theirs), toStored: toStoredOf(type) })
  }
  const key = primary.key.map((name) => columns.findIndex((column) => column.name === name))
  const generated = key.indexOf(-1)
  if (generated !== -1) return { absence: "column-differs", detail: primary.key[generated] ?? null }
  return { primary, columns, key }
}

/** The length of a text is the primary's to check; a decimal of another scale would be shown as one of this. */
function isSameType(theirs: LogicalType | undefined, ours: LogicalType): boolean {
  if (theirs?.name !== ours.name) return false
  return ours.name !== "numeric" || (theirs.size === ours.size && theirs.scale === ours.scale)
}

function sameNames(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name) => right.includes(name))
}
