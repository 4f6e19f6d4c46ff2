import {
  type ColumnMetadata,
  type DatabaseIntrospector,
  type DatabaseMetadataOptions,
  type Kysely,
  type SchemaMetadata,
  sql,
  type TableMetadata,
} from "kysely"
import { DEFAULT_MIGRATION_LOCK_TABLE, DEFAULT_MIGRATION_TABLE } from "kysely/migration"
import { parseDeclaredType, type LogicalType } from "../logical-type.ts"
import { NEXT_ID_FUNCTION } from "./sequences.ts"
import { viewTypesOf } from "./view-types.ts"

/** The one schema that is portable. */
const SCHEMA = "public"

interface ColumnRow {
  readonly table: string
  readonly kind: string
  readonly name: string
  readonly type: string
  readonly notNull: number | bigint
  readonly defaultTo: string | null
  /** 2 and 3: generated. */
  readonly hidden: number | bigint
  readonly place: number | bigint
  /** The text of a view. */
  readonly view: string | null
}

/** The name that PostgreSQL's catalogue has for a declared type; `unknown` where SQLite tells none. */
function typeName(declared: string, kept: LogicalType | undefined): string {
  const type = parseDeclaredType(declared) ?? kept
  if (type === undefined) return declared === "" ? "unknown" : declared
  return type.name === "boolean" ? "bool" : type.name
}

function columnOf(row: ColumnRow): ColumnMetadata {
  const drawn = row.defaultTo?.includes(NEXT_ID_FUNCTION) === true
  return {
    name: row.name,
    dataType: typeName(row.type, row.view === null ? undefined : viewTypesOf(row.view)[Number(row.place)]),
    dataTypeSchema: "pg_catalog",
    isAutoIncrementing: drawn,
    isNullable: Number(row.notNull) === 0,
    hasDefaultValue: !/^\(?null\)?$/i.test(row.defaultTo ?? "null") || Number(row.hidden) > 0,
  }
}

/** Tells of SQLite's tables and views in PostgreSQL's words, and nothing of Understudy's own tables. */
export class PortableIntrospector implements DatabaseIntrospector {
  readonly #db: Kysely<unknown>

  constructor(db: Kysely<unknown>) {
    this.#db = db
  }

  async getSchemas(): Promise<SchemaMetadata[]> {
    return [{ name: SCHEMA }]
  }

  async getTables(options?: DatabaseMetadataOptions): Promise<TableMetadata[]> {
    const { rows } = await sql<ColumnRow>`
      select s.name as "table", s.type as kind, c.name as name, c.type as type, c."notnull" as "notNull",
        c.dflt_value as "defaultTo", c.hidden as hidden, c.cid as place, iif(s.type = 'view', s.sql, null) as "view"
      from sqlite_schema s, pragma_table_xinfo(s.name) c
      where s.type in ('table', 'view') and s.name not like 'sqlite\\_%' escape '\\'
        and s.name not like 'understudy\\_%' escape '\\'
      order by s.name, c.cid`.execute(this.#db)
    const hidden: readonly string[] =
      options?.withInternalKyselyTables === true
        ? []
        : [DEFAULT_MIGRATION_TABLE, DEFAULT_MIGRATION_LOCK_TABLE]
    const tables = new Map<string, TableMetadata>()
    for (const row of rows) {
      if (hidden.includes(row.table)) continue
      const known = tables.get(row.table)
      if (known !== undefined) known.columns.push(columnOf(row))
      else {
        const isView = row.kind === "view"
        const table = { name: row.table, schema: SCHEMA, isView, isForeign: false, columns: [columnOf(row)] }
        tables.set(row.table, table)
      }
    }
    return [...tables.values()]
  }
}
