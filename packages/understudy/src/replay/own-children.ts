import type { Client } from "pg"
import { quoteName } from "../engine/sqlite/sql-tokens.ts"
import { arrayLiteral } from "./guarded-statement.ts"
import { Conflict } from "./conflict.ts"
import { actingKeys, keyOf, rowId, type PrimaryChange } from "./primary-change.ts"
import type { Reference } from "./target-table.ts"

/**
 * Finds the rows that PostgreSQL would delete or change because of a change to their parent, all the way down, and tells
 * which they are. Each must be one that the same transaction goes on to change itself: another is somebody else's.
 *
 * @param waiting The changes of the transaction that are not applied yet.
 * @throws Conflict where somebody else's row would be touched.
 */
export async function listOwnChildren(
  client: Client,
  parent: PrimaryChange,
  waiting: readonly PrimaryChange[],
): Promise<string[]> {
  const listed = new Set<string>()
  const parents = [parent]
  for (let next = parents.shift(); next !== undefined; next = parents.shift()) {
    for (const reference of actingKeys(next)) {
      for (const child of await ownChildren(client, reference, next, waiting)) {
        const { target, before } = child
        if (before === null) continue
        const id = rowId(target.table.name, keyOf(target, before))
        if (listed.has(id)) continue
        listed.add(id)
        parents.push(child)
      }
    }
  }
  return [...listed]
}

/** The changes of the transaction whose rows refer to the parent through one foreign key. */
async function ownChildren(
  client: Client,
  reference: Reference,
  parent: PrimaryChange,
  waiting: readonly PrimaryChange[],
): Promise<PrimaryChange[]> {
  const { child, childColumns, parentColumns } = reference
  const own = waiting.filter(
    ({ target, before }) => target.table.oid === child.oid && before !== null && target !== undefined,
  )
  const parentValues = parentColumns.map((name) => {
    const place = parent.target.columns.findIndex((column) => column.name === name)
    const text = parent.before?.[place] ?? null
    return { text, type: parent.target.columns[place]?.type ?? "text" }
  })
  if (parentValues.some(({ text }) => text === null)) return []
  const values: unknown[] = parentValues.map(({ text }) => text)
  const refers = childColumns.map(
    (name, index) => `t.${quoteName(name)} = $${index + 1}::${parentValues[index]?.type}`,
  )
  const target = own[0]?.target
  const keys = target?.key ?? []
  const arrays = keys.map((place) => arrayLiteral(own.map(({ before }) => before?.[place] ?? null)))
  const names = arrays.map((_, index) => `$${values.length + index + 1}::text[]`)
  const isOwn = keys.map(
    (place, index) =>
      `t.${quoteName(target?.columns[place]?.name ?? "")} = v.c${index}::${target?.columns[place]?.type}`,
  )
  values.push(...arrays)
  const join =
    own.length === 0
      ? "left join (select null::bigint as place where false) v on false"
      : `left join unnest(${names.join(", ")}) with ordinality as v(${keys.map((_, index) => `c${index}`).join(", ")}, place)
          on ${isOwn.join(" and ")}`
  const { rows } = await client.query<{ place: string | null }>(
    `select v.place::text as place from ${child.qualifiedName} t ${join} where ${refers.join(" and ")}`,
    values,
  )
  return rows.map(({ place }) => {
    const change = place === null ? undefined : own[Number(place) - 1]
    if (change === undefined) throw new Conflict("foreign-children", child.name ?? child.qualifiedName)
    return change
  })
}
