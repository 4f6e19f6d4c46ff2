import type { DatabaseSync } from "node:sqlite"
import type { FileTable } from "../../engine/sqlite/program-tables.ts"
import type { Shape, ShapeColumn } from "./contract.ts"

/** Keeps how a table looks now, once: its id and the rest of it. */
export function recordShape(database: DatabaseSync, { name, columns, key }: FileTable): Shape {
  const kept = columns.filter(({ isGenerated }) => !isGenerated)
  const shape = {
    table: name,
    columns: kept.map((column) => ({ name: column.name, type: column.type })),
    key,
  }
  const values = [name, JSON.stringify(shape.columns), JSON.stringify(key)]
  const known = database
    .prepare(`select id from understudy_shape where "table" = ? and columns = ? and key = ?`)
    .get(...values)
  if (known !== undefined) return { id: Number(known["id"]), ...shape }
  const made = database
    .prepare(`insert into understudy_shape ("table", columns, key) values (?, ?, ?)`)
    .run(...values)
  return { id: Number(made.lastInsertRowid), ...shape }
}

/** All shapes by their ids. */
export function readShapes(database: DatabaseSync): ReadonlyMap<number, Shape> {
  const rows = database.prepare(`select id, "table", columns, key from understudy_shape`).all()
  return new Map(
    rows.map((row) => {
      const id = Number(row["id"])
      const columns = JSON.parse(String(row["columns"])) as ShapeColumn[]
      return [
        id,
        { id, table: String(row["table"]), columns, key: JSON.parse(String(row["key"])) as string[] },
      ]
    }),
  )
}
