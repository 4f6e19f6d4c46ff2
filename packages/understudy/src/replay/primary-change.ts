import type { Target, TargetTable } from "./target-table.ts"

/** A row's values as PostgreSQL reads them, in the order of the target's columns. */
export type Texts = readonly (string | null)[]

/** A changed row on its way to the primary. */
export interface PrimaryChange {
  readonly seq: number
  readonly operation: "insert" | "update" | "delete"
  readonly target: Target
  readonly before: Texts | null
  readonly after: Texts | null
}

/** Tells a row of one table from every other; null for an absent one. */
export function keyOf(target: Target, row: Texts): string {
  return JSON.stringify(target.key.map((place) => row[place]))
}

/** As {@link keyOf}, among the rows of all tables. */
export function rowId(table: string, key: string): string {
  return `${table} ${key}`
}

/** The rows that a change touches: two where it changes the key. */
export function rowIdsOf({ target, before, after }: PrimaryChange): string[] {
  const ids = [before, after].flatMap((row) =>
    row === null ? [] : [rowId(target.table.name, keyOf(target, row))],
  )
  return ids[0] === ids[1] ? ids.slice(0, 1) : ids
}

/** Does it give the row another key? */
export function changesKey({ target, before, after }: PrimaryChange): boolean {
  return before !== null && after !== null && target.key.some((place) => before[place] !== after[place])
}

/** The places of the columns that it gives another value. */
export function changedPlaces({ target, before, after }: PrimaryChange): number[] {
  if (before === null || after === null) return []
  return [...target.columns.keys()].filter((place) => before[place] !== after[place])
}

/** Tells a key to which a foreign key refers from every other, and from a {@link rowId}. */
export function referencedId(table: string, columns: readonly string[], texts: Texts): string {
  return `${table} ${JSON.stringify(columns)} ${JSON.stringify(texts)}`
}

/** The keys to which the foreign keys of this one refer. */
export function parentIdsOf({ target, after }: PrimaryChange): string[] {
  if (after === null) return []
  return target.table.references.flatMap(({ parent, childColumns, parentColumns }) => {
    const texts = textsOf(target, after, childColumns)
    return parent.name === null || texts.includes(null)
      ? []
      : [referencedId(parent.name, parentColumns, texts)]
  })
}

/** The keys to which others can refer only once this is done. */
export function givenIdsOf({ target, before, after }: PrimaryChange): string[] {
  if (after === null) return []
  return target.table.referencedBy.flatMap(({ parentColumns }) => {
    const texts = textsOf(target, after, parentColumns)
    const had = before === null ? [] : textsOf(target, before, parentColumns)
    const isNew = texts.some((text, index) => text !== had[index])
    return isNew && !texts.includes(null) ? [referencedId(target.table.name, parentColumns, texts)] : []
  })
}

function textsOf({ columns }: Target, row: Texts, names: readonly string[]): (string | null)[] {
  return names.map((name) => row[columns.findIndex((column) => column.name === name)] ?? null)
}

/** Does it change one row, which stays where it is, and no other? PostgreSQL updates no GENERATED ALWAYS identity. */
export function isInPlace(change: PrimaryChange): boolean {
  if (changesKey(change) || mayCascade(change)) return false
  return !changedPlaces(change).some((place) => change.target.columns[place]?.isAlwaysIdentity === true)
}

/** Would PostgreSQL itself delete or change rows of other tables because of this? */
export function mayCascade(change: PrimaryChange): boolean {
  return actingKeys(change).length > 0
}

/** The foreign keys of other tables by which this changes rows of theirs. */
export function actingKeys(change: PrimaryChange): TargetTable["referencedBy"] {
  const { target, operation, before, after } = change
  if (operation === "insert") return []
  return target.table.referencedBy.filter((reference) => {
    if (operation === "delete") return reference.actsOnDelete
    if (!reference.actsOnUpdate) return false
    return reference.parentColumns.some((name) => {
      const place = target.columns.findIndex((column) => column.name === name)
      return before?.[place] !== after?.[place]
    })
  })
}
