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
}

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
    (select coalesce(json_agg(p.relid::oid::int8 order by p.relid::oid), '[]')
      from pg_partition_tree(c.oid) p where p.relid <> c.oid) as partitions
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = current_schema() and c.relkind in ('r', 'p') and not c.relispartition and c.relname = any($1)
  order by c.relname`

/** The tables of these names; those that are not there are missing from the answer. */
export async function findPrimaryTables(client: Client, names: readonly string[]): Promise<PrimaryTable[]> {
  interface Row extends Omit<PrimaryTable, "oid" | "partitions"> {
    readonly oid: string
    readonly partitions: readonly number[]
  }
  const { rows } = await client.query<Row>(TABLES, [names])
  return rows.map((row) => ({ ...row, oid: Number(row.oid) }))
}

/**
 * A text that is another one as soon as anything has changed on which a copy of these tables rests: their columns, keys,
 * partitions, and the triggers of ours. `$1`: their oids.
 */
export const SHAPE = `
  select md5(coalesce(string_agg(part, ' ' order by part), '')) as shape from (
    select concat_ws(',', 'c', a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attgenerated) as part
      from pg_attribute a where a.attrelid = any($1::oid[]) and a.attnum > 0 and not a.attisdropped
    union all select concat_ws(',', 'n', c.oid, c.relname, c.relnamespace)
      from pg_class c where c.oid = any($1::oid[])
    union all select concat_ws(',', 'k', i.indrelid, i.indkey)
      from pg_index i where i.indrelid = any($1::oid[]) and i.indisprimary
    union all select concat_ws(',', 'p', r, p.relid::oid)
      from unnest($1::oid[]) r cross join pg_partition_tree(r) p
    union all select concat_ws(',', 't', t.oid, t.tgrelid, t.tgenabled)
      from unnest($1::oid[]) r cross join pg_partition_tree(r) p
      join pg_trigger t on t.tgrelid = p.relid and t.tgname like 'understudy\\_%'
    union all select concat_ws(',', 't', t.oid, t.tgrelid, t.tgenabled)
      from pg_trigger t where t.tgrelid = any($1::oid[]) and t.tgname like 'understudy\\_%'
  ) parts`
