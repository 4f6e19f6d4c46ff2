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
  interface Row extends Omit<PrimaryTable, "oid" | "sizeBytes" | "estimatedRows"> {
    readonly oid: string
    readonly sizeBytes: string
    readonly estimatedRows: number
  }
  const { rows } = await client.query<Row>(TABLES, [names])
  return rows.map((row) => ({
    ...row,
    oid: Number(row.oid),
    sizeBytes: Number(row.sizeBytes),
    estimatedRows: Number(row.estimatedRows),
  }))
}

/**
 * Of each table (`$1`: their oids) a text that is another one as soon as anything has changed on which a copy of it rests:
 * its columns, key, partitions and their files, and the triggers of ours. `xmin`, the transaction that last wrote a row of the
 * catalogue, tells what was changed and changed back: a trigger disabled, or a partition detached, for a while, values converted by ALTER TYPE … USING.
 */
const SHAPES = `
  select relation, md5(string_agg(part, ' ' order by part)) as shape from (
    select a.attrelid as relation,
        concat_ws(',', 'c', a.attnum, a.attname, a.atttypid, a.atttypmod, a.attgenerated, a.xmin) as part
      from pg_attribute a where a.attrelid = any($1::oid[]) and a.attnum > 0 and not a.attisdropped
    union all select c.oid, concat_ws(',', 'n', c.relname, c.relnamespace)
      from pg_class c where c.oid = any($1::oid[])
    union all select i.indrelid, concat_ws(',', 'k', i.indkey)
      from pg_index i where i.indrelid = any($1::oid[]) and i.indisprimary
    union all select r, concat_ws(',', 'p', c.oid, c.relfilenode, i.xmin)
      from unnest($1::oid[]) r cross join pg_partition_tree(r) p
      join pg_class c on c.oid = p.relid and c.oid <> r join pg_inherits i on i.inhrelid = c.oid
    union all select r, concat_ws(',', 't', t.oid, t.tgrelid, t.tgenabled, t.xmin)
      from unnest($1::oid[]) r cross join pg_partition_tree(r) p
      join pg_trigger t on t.tgrelid = p.relid and t.tgname like 'understudy\\_%'
    union all select t.tgrelid, concat_ws(',', 't', t.oid, t.tgrelid, t.tgenabled, t.xmin)
      from pg_trigger t where t.tgrelid = any($1::oid[]) and t.tgname like 'understudy\\_%'
  ) parts group by relation`

/** One text for the shapes of all of them. */
export const SHAPE: string = `select md5(coalesce(string_agg(relation || ' ' || shape, ' ' order by relation), '')) from (${SHAPES}) shapes`

/** The shape of each table, by its oid. */
export async function readShapes(
  client: Client,
  oids: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const { rows } = await client.query<{ relation: number; shape: string }>(
    `select relation::int8::text as relation, shape from (${SHAPES}) shapes`,
    [oids],
  )
  return new Map(rows.map(({ relation, shape }) => [Number(relation), shape]))
}

/** In which files tables stand on the server: one that was emptied or rewritten has another. */
export async function readFiles(client: Client, oids: readonly number[]): Promise<string> {
  const { rows } = await client.query<{ files: string }>(
    "select string_agg(concat_ws(',', oid, relfilenode), ' ' order by oid) as files from pg_class where oid = any($1::oid[])",
    [oids],
  )
  return rows[0]?.files ?? ""
}
