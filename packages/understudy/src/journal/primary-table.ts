import type { Client } from "pg"
import type { CapturedTable } from "./captured-table.ts"

/** A column of a table on the primary. */
export interface PrimaryColumn {
  readonly name: string
  /** As PostgreSQL spells it: `character varying(20)`. */
  readonly type: string
  /** Computed from the others. */
  readonly isGenerated: boolean
}

/** A table of the primary, as its catalogue has it. `key` is empty where there is no primary key. */
export interface PrimaryTable extends CapturedTable {
  /** The name with its schema, quoted, as SQL takes it. */
  readonly qualifiedName: string
  readonly columns: readonly PrimaryColumn[]
  /** A partition whose columns stand in another order: the texts of its rows would be read wrongly. */
  readonly oddPartition: string | null
  /** Do other tables inherit from it, as partitions do not? */
  readonly hasHeirs: boolean
  /** On disk, without indexes. */
  readonly sizeBytes: number
  /** As the server guesses; 0 where it does not know. */
  readonly estimatedRows: number
}

const COLUMN_NAMES = `select string_agg(a.attname, ',' order by a.attnum) from pg_attribute a
  where a.attnum > 0 and not a.attisdropped and a.attrelid`

/** Ordinary and partitioned tables of these names in the schema in which the program makes its own. */
const TABLES = `
  select c.oid::int8 as oid, c.relname as name, format('%I.%I', n.nspname, c.relname) as "qualifiedName",
    (select coalesce(json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
        'isGenerated', a.attgenerated <> '') order by a.attnum), '[]')
      from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
    (select coalesce(json_agg(a.attname order by k.place), '[]')
      from pg_index i cross join unnest(i.indkey::int2[]) with ordinality as k (attnum, place)
      join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
      where i.indrelid = c.oid and i.indisprimary and k.place <= i.indnkeyatts) as key,
    (select coalesce(max(i.indexrelid::oid::int8), 0) from pg_index i where i.indrelid = c.oid and i.indisprimary) as "keyIndex",
    (select coalesce(json_agg(p.relid::oid::int8 order by p.relid::oid), '[]')
      from pg_partition_tree(c.oid) p where p.relid <> c.oid) as partitions,
    (select min(p.relid::regclass::text) from pg_partition_tree(c.oid) p
      where (${COLUMN_NAMES} = p.relid) <> (${COLUMN_NAMES} = c.oid)) as "oddPartition",
    c.relkind = 'r' and exists (select from pg_inherits i where i.inhparent = c.oid) as "hasHeirs",
    pg_table_size(c.oid) + (select coalesce(sum(pg_table_size(p.relid)), 0) from pg_partition_tree(c.oid) p
      where p.relid <> c.oid) as "sizeBytes",
    greatest(c.reltuples, 0) as "estimatedRows"
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = current_schema() and c.relkind in ('r', 'p') and not c.relispartition and c.relname = any($1)
  order by c.relname`

/** The tables of these names; those that are not there are missing from the answer. */
export async function findPrimaryTables(client: Client, names: readonly string[]): Promise<PrimaryTable[]> {
  interface Row extends Omit<PrimaryTable, "oid" | "keyIndex" | "sizeBytes" | "estimatedRows"> {
    readonly oid: string
    readonly keyIndex: string
    readonly sizeBytes: string
    readonly estimatedRows: number
  }
  const { rows } = await client.query<Row>(TABLES, [names])
  return rows.map((row) => ({
    ...row,
    oid: Number(row.oid),
    keyIndex: Number(row.keyIndex),
    sizeBytes: Number(row.sizeBytes),
    estimatedRows: Number(row.estimatedRows),
  }))
}

/** In which files tables stand on the server: one that was emptied or rewritten has another. */
export async function readFiles(client: Client, oids: readonly number[]): Promise<string> {
  const { rows } = await client.query<{ files: string }>(
    "select string_agg(concat_ws(',', oid, relfilenode), ' ' order by oid) as files from pg_class where oid = any($1::oid[])",
    [oids],
  )
  return rows[0]?.files ?? ""
}
