import { DatabaseSync } from "node:sqlite"
import type { Client } from "pg"

/** How a value is written down, so that both engines' are the same text. */
export type Kind = "text" | "whole" | "cents" | "boolean" | "timestamptz" | "bytea" | "double"

/** The columns that are compared, by their tables. */
export type Columns = Readonly<Record<string, Readonly<Record<string, Kind>>>>

/** All rows of all tables, a text each, in the order of the texts. */
export type Content = ReadonlyMap<string, readonly string[]>

/** The text of a column's value as the primary makes it. */
function primaryText(column: string, kind: Kind): string {
  switch (kind) {
    case "text":
    case "whole":
    case "cents":
    case "double":
      return `${column}::text`
    case "boolean":
      return `${column}::int::text`
    case "timestamptz":
      return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00'`
    case "bytea":
      return `encode(${column}, 'hex')`
    default:
      return kind satisfies never
  }
}

/** The same text of what SQLite keeps. */
function copiedText(value: unknown, kind: Kind): string | null {
  if (value === null) return null
  if (kind === "cents") return Number(value).toFixed(2)
  if (kind === "bytea") return Buffer.from(value as Uint8Array).toString("hex")
  return String(value)
}

/** What the primary holds now, as one moment shows it. */
export async function primaryContent(client: Client, tables: Columns): Promise<Content> {
  const content = new Map<string, readonly string[]>()
  await client.query("begin isolation level repeatable read, read only")
  try {
    for (const [table, columns] of Object.entries(tables)) {
      const texts = Object.entries(columns).map(([name, kind]) => primaryText(name, kind))
      const { rows } = await client.query<(string | null)[]>({
        text: `select ${texts.join(", ")} from ${table}`,
        rowMode: "array",
      })
      content.set(table, rows.map((row) => JSON.stringify(row)).toSorted())
    }
  } finally {
    await client.query("rollback")
  }
  return content
}

/** What a copy holds now, read from its file by another process's eyes. */
export function copiedContent(file: string, tables: Columns): Content {
  using database = new DatabaseSync(file, {
    readOnly: true,
    readBigInts: true,
    returnArrays: true,
    timeout: 5_000,
  })
  const content = new Map<string, readonly string[]>()
  database.exec("begin")
  for (const [table, columns] of Object.entries(tables)) {
    const kinds = Object.values(columns)
    const statement = database.prepare(`select ${Object.keys(columns).join(", ")} from ${table}`)
    const rows = statement.all() as unknown as unknown[][]
    content.set(
      table,
      rows
        .map((row) => JSON.stringify(row.map((value, place) => copiedText(value, kinds[place] ?? "text"))))
        .toSorted(),
    )
  }
  return content
}

const SHOWN = 4

/** Where a copy differs from the primary, in words: the rows that only one of them has. */
export function differences(primary: Content, copy: Content): string[] {
  const found: string[] = []
  for (const [table, rows] of primary) {
    const copied = copy.get(table) ?? []
    const lost = onlyIn(rows, copied)
    const invented = onlyIn(copied, rows)
    if (lost.length + invented.length === 0 && rows.length === copied.length) continue
    found.push(
      `${table}: ${rows.length} rows, ${copied.length} in the copy; ${lost.length} are missing, ${invented.length} too many`,
      ...lost.slice(0, SHOWN).map((row) => `  primary only: ${row}`),
      ...invented.slice(0, SHOWN).map((row) => `  copy only:    ${row}`),
    )
  }
  return found
}

function onlyIn(rows: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others)
  return rows.filter((row) => !known.has(row))
}
