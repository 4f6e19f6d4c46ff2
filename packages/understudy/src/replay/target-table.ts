import { WRITE_KEY_TABLES } from "../journal/write-key.ts"
import type { Client } from "pg"
import { parseLogicalType } from "../engine/logical-type.ts"

/** A column of the primary to which a value is handed back. */
export interface TargetColumn {
  readonly name: string
  /** What a text is cast to; without the length, beyond which a cast would cut. */
  readonly type: string
  /** How two values are compared: json, and what Understudy does not know, by their texts. */
  readonly comparison: "value" | "bytes" | "text"
  /** GENERATED ALWAYS AS IDENTITY: it cannot be updated. */
  readonly isAlwaysIdentity: boolean
}

/** A foreign key, seen from either side. */
export interface Reference {
  readonly child: ReferencedTable
  readonly parent: ReferencedTable
  readonly childColumns: readonly string[]
  readonly parentColumns: readonly string[]
  /** Does a delete of the parent delete or change the child? */
  readonly actsOnDelete: boolean
  readonly actsOnUpdate: boolean
}

/** One end of a foreign key. */
export interface ReferencedTable {
  readonly oid: number
  /** Null where it is in another schema than the program's own. */
  readonly name: string | null
  readonly qualifiedName: string
  /** The columns of its primary key. */
  readonly key: readonly string[]
}

/** A table of the primary. */
export interface TargetTable {
  readonly oid: number
  readonly name: string
  /** The name with its schema, quoted, as SQL takes it. */
  readonly qualifiedName: string
  /** All but generated ones. */
  readonly columns: readonly TargetColumn[]
  readonly key: readonly string[]
  /** Has it triggers or rules of the program's? Then what is written may not be what is there afterwards. */
  readonly hasTriggers: boolean
  /** Does one of their functions ask for the statement's text, as some that log changes do? */
  readonly asksQuery: boolean
  /**
   * Of which unique indexes ON CONFLICT can pass over a taken value: PostgreSQL refuses it, whatever is inserted, where one
   * that it looks at is deferrable.
   */
  readonly arbiter: "any" | "key" | "none"
  /** Its foreign keys. */
  readonly references: readonly Reference[]
  /** The foreign keys of all tables that refer to it. */
  readonly referencedBy: readonly Reference[]
}

/** A table of the primary, with those of its columns that the fallback's shape has. */
export interface Target {
  readonly table: TargetTable
  readonly columns: readonly TargetColumn[]
  /** The places of the key's columns in `columns`. */
  readonly key: readonly number[]
}

const KEY_OF = (table: string): string => `(select coalesce(json_agg(a.attname order by k.place), '[]')
  from pg_index i cross join unnest(i.indkey::int2[]) with ordinality as k (attnum, place)
  join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
  where i.indrelid = ${table} and i.indisprimary and k.place <= i.indnkeyatts)`

/** Is there an index that is checked at the end of a statement or transaction, on the table or a partition? */
const HAS_DEFERRABLE = (only: string): string => `exists (select from pg_index i
  where (i.indrelid = c.oid or i.indrelid in (select relid from pg_partition_tree(c.oid)))
    and not i.indimmediate and ${only})`

/** Has the table, or a partition, a trigger of the program's whose function is so? */
const HAS_TRIGGER = (only: string): string => `exists (
  select from pg_trigger t join pg_proc f on f.oid = t.tgfoid join pg_namespace s on s.oid = f.pronamespace
  where (t.tgrelid = c.oid or t.tgrelid in (select relid from pg_partition_tree(c.oid)))
    and not t.tgisinternal and t.tgenabled in ('O', 'A') and s.nspname <> 'understudy' and ${only})`

const TABLES = `
  select c.oid::int8::text as oid, case n.nspname when 'understudy' then '${WRITE_KEY_TABLES.sqlite}' else c.relname end as name,
     format('%I.%I', n.nspname, c.relname) as "qualifiedName",
    (select coalesce(json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, -1),
        'isAlwaysIdentity', a.attidentity = 'a') order by a.attnum), '[]')
      from pg_attribute a
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
    ${KEY_OF("c.oid")} as key,
    exists (select from pg_rewrite r where r.ev_class = c.oid) or ${HAS_TRIGGER("true")} as "hasTriggers",
    ${HAS_TRIGGER("f.prosrc ilike '%current_query%'")} as "asksQuery",
    case when ${HAS_DEFERRABLE("i.indisprimary")} then 'none' when ${HAS_DEFERRABLE("true")} then 'key' else 'any' end as arbiter
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and not c.relispartition and (
    (n.nspname = current_schema() and c.relname = any($1))
    or (c.oid = to_regclass('${WRITE_KEY_TABLES.postgresql}') and '${WRITE_KEY_TABLES.sqlite}' = any($1)))`

const END = (relation: string): string => `(select json_build_object('oid', c.oid::int8,
    'name', case when n.nspname = current_schema() then c.relname end,
    'qualifiedName', format('%I.%I', n.nspname, c.relname), 'key', ${KEY_OF("c.oid")})
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = ${relation})`

const COLUMNS = (relation: string, numbers: string): string => `(select json_agg(a.attname order by k.place)
  from unnest(${numbers}) with ordinality as k (attnum, place)
  join pg_attribute a on a.attrelid = ${relation} and a.attnum = k.attnum)`

const REFERENCES = `
  select ${END("f.conrelid")} as child, ${END("f.confrelid")} as parent,
    ${COLUMNS("f.conrelid", "f.conkey")} as "childColumns", ${COLUMNS("f.confrelid", "f.confkey")} as "parentColumns",
    f.confdeltype in ('c', 'n', 'd') as "actsOnDelete", f.confupdtype in ('c', 'n', 'd') as "actsOnUpdate"
  from pg_constraint f where f.contype = 'f' and f.conparentid = 0
    and (f.conrelid = any($1::oid[]) or f.confrelid = any($1::oid[]))`

interface TableRow {
  readonly oid: string
  readonly name: string
  readonly qualifiedName: string
  readonly columns: readonly {
    readonly name: string
    readonly type: string
    readonly isAlwaysIdentity: boolean
  }[]
  readonly key: readonly string[]
  readonly hasTriggers: boolean
  readonly asksQuery: boolean
  readonly arbiter: TargetTable["arbiter"]
}

/** The tables of these names in the schema in which the program makes its own; those that are not there are missing. */
export async function findTargetTables(
  client: Client,
  names: readonly string[],
): Promise<ReadonlyMap<string, TargetTable>> {
  const { rows } = await client.query<TableRow>(TABLES, [names])
  const oids = rows.map(({ oid }) => oid)
  const { rows: references } = await client.query<Reference>(REFERENCES, [oids])
  return new Map(
    rows.map((row) => {
      const oid = Number(row.oid)
      return [
        row.name,
        {
          ...row,
          oid,
          columns: row.columns.map((column) => ({ ...column, comparison: comparisonOf(column.type) })),
          references: references.filter(({ child }) => child.oid === oid),
          referencedBy: references.filter(({ parent }) => parent.oid === oid),
        },
      ]
    }),
  )
}

/** Texts by their bytes, since a collation may take different ones for equal. */
function comparisonOf(type: string): TargetColumn["comparison"] {
  const logical = parseLogicalType(type)
  if (logical === undefined || logical.name === "json") return "text"
  return logical.name === "text" || logical.name === "varchar" ? "bytes" : "value"
}
