import { createHash } from "node:crypto"
import type { Client } from "pg"

/**
 * Of each table (`$1`: their oids) a text that is another one as soon as anything has changed on which a copy of it rests:
 * its columns, key, partitions and their files, and the triggers of ours. `xmin`, the transaction that last wrote a row of the
 * catalogue, tells what was changed and changed back: a trigger disabled, or a partition detached, for a while, values converted by ALTER TYPE … USING.
 * The partitions are read from the catalogue: `pg_partition_tree` would lock each until the transaction's end, and whoever empties one would wait.
 * A partition that was detached is known by its trigger: attached and detached again between two looks, it leaves the table as it was, but its rows may have been copied meanwhile.
 */
const SHAPES = `
  with recursive tree (root, relid) as (
    select i.inhparent, i.inhrelid from pg_inherits i where i.inhparent = any($1::oid[])
    union all select tree.root, i.inhrelid from tree join pg_inherits i on i.inhparent = tree.relid)
  select relation, md5(string_agg(part, ' ' order by part)) as shape from (
    select a.attrelid as relation,
        concat_ws(',', 'c', a.attnum, a.attname, a.atttypid, a.atttypmod, a.attgenerated, a.xmin) as part
      from pg_attribute a where a.attrelid = any($1::oid[]) and a.attnum > 0 and not a.attisdropped
    union all select c.oid, concat_ws(',', 'n', c.relname, c.relnamespace)
      from pg_class c where c.oid = any($1::oid[])
    union all select i.indrelid, concat_ws(',', 'k', i.indexrelid, i.indkey)
      from pg_index i where i.indrelid = any($1::oid[]) and i.indisprimary
    union all select root, concat_ws(',', 'p', c.oid, c.relfilenode, i.xmin)
      from tree join pg_class c on c.oid = relid join pg_inherits i on i.inhrelid = c.oid
    union all select root, concat_ws(',', 't', t.oid, t.tgrelid, t.tgenabled, t.xmin)
      from tree join pg_trigger t on t.tgrelid = relid and t.tgname like 'understudy\\_%'
    union all select t.tgrelid, concat_ws(',', 't', t.oid, t.tgrelid, t.tgenabled, t.xmin)
      from pg_trigger t where t.tgrelid = any($1::oid[]) and t.tgname like 'understudy\\_%'
    union all select r, concat_ws(',', 'd', c.oid, c.relispartition, c.xmin)
      from unnest($1::oid[]) r join pg_proc p on p.proname = 'capture_' || r
      join pg_namespace n on n.oid = p.pronamespace and n.nspname = 'understudy'
      join pg_trigger t on t.tgfoid = p.oid join pg_class c on c.oid = t.tgrelid and c.oid <> r
  ) parts group by relation`

/** As {@link SHAPES}, one text for all of them. */
const SHAPE = `select md5(coalesce(string_agg(relation || ' ' || shape, ' ' order by relation), '')) from (${SHAPES}) shapes`

/** Takes the oids. A program that asks otherwise has a function of another name. */
const SHAPE_FUNCTION = `understudy.shape_${createHash("md5").update(SHAPE).digest("hex").slice(0, 8)}`

/**
 * Makes {@link ASK_SHAPE} work. It is asked several times a second, and planning takes longer than running: in a function it is
 * planned once a connection, behind a pooler too.
 */
export const MAKE_SHAPE_FUNCTION: string = `create or replace function ${SHAPE_FUNCTION}(relations oid[]) returns text
  language plpgsql stable set search_path = pg_catalog, pg_temp
  as $understudy$ begin return (${SHAPE}); end $understudy$`

/** Is {@link MAKE_SHAPE_FUNCTION} done? */
export const HAS_SHAPE_FUNCTION: string = `to_regprocedure('${SHAPE_FUNCTION}(oid[])') is not null`

/** An expression: one text for the shapes of the tables whose oids are in the parameter `$1`. */
export const ASK_SHAPE: string = `${SHAPE_FUNCTION}($1::oid[])`

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
