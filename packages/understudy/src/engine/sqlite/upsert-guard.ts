import type { DatabaseSync } from "node:sqlite"
import { RawNode, WhereNode, type InsertQueryNode, type OnConflictNode, type OperationNode } from "kysely"
import { DatabaseError } from "../../errors/database-error.ts"
import { quoteName } from "./sql-tokens.ts"

/** The SQL function that lets an upsert change a row once: its rowid, and whether it is to be changed. */
const ONCE_FUNCTION = "understudy_once"

function twice(): DatabaseError {
  const message = "ON CONFLICT DO UPDATE command cannot affect row a second time"
  return new DatabaseError({ code: "21000", message })
}

/** Knows the rows that the running upsert has inserted or changed: PostgreSQL changes none of them again. */
export class UpsertGuard {
  #lastBefore = 0n
  readonly #changed = new Set<bigint>()

  /** @param lastBefore The table's largest rowid: rows beyond it are the statement's own. */
  begin(lastBefore: bigint): void {
    this.#lastBefore = lastBefore
    this.#changed.clear()
  }

  /** Whether a row is to be changed; throws 21000 where the statement has made or changed it. */
  check(rowid: bigint, wanted: bigint | null): bigint | null {
    if (rowid > this.#lastBefore || this.#changed.has(rowid)) throw twice()
    if (wanted === 1n) this.#changed.add(rowid)
    return wanted
  }
}

/** Registers the function that guards upserts. */
export function registerUpsertGuard(database: DatabaseSync, guard: UpsertGuard): void {
  database.function(ONCE_FUNCTION, { useBigIntArguments: true }, (rowid, wanted) =>
    guard.check(rowid as bigint, wanted as bigint | null),
  )
}

function conditionOf({ updateWhere }: OnConflictNode): OperationNode {
  return updateWhere?.where ?? RawNode.createWithSql("1")
}

/** The table of an upsert that may meet one row twice; undefined: it cannot. */
export function guardedTable({ into, values, onConflict }: InsertQueryNode): string | undefined {
  const oneRow =
    values?.kind === "ValuesNode" && (values as unknown as { values: readonly unknown[] }).values.length < 2
  return onConflict?.updates === undefined || oneRow ? undefined : into?.table.identifier.name
}

/** The conflict clause of an upsert with the guard in its condition. */
export function guardConflict(node: OnConflictNode, table: string): OnConflictNode {
  const row = `${quoteName(table)}.rowid`
  const guard = RawNode.create([`${ONCE_FUNCTION}(${row}, `, ")"], [conditionOf(node)])
  return { ...node, updateWhere: WhereNode.create(guard) }
}

/** The statement that gives the largest rowid before an upsert. */
export function lastRowOf(table: string): string {
  return `select coalesce(max(rowid), 0) from ${quoteName(table)}`
}
