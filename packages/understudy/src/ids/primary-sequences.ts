import { CompiledQuery } from "kysely"
import type { EngineConnection } from "../engine/contract.ts"
import type { SequenceBounds } from "./lease-size.ts"

/** The sequence that draws the ids of a column on the primary. */
export interface PrimarySequence {
  /** `table.column`. */
  readonly name: string
  readonly oid: string
  /** Null where it was not drawn from since it was made or set back to its start. */
  readonly bounds: SequenceBounds | null
}

/**
 * The identity columns of these tables, and those whose default is nothing but the next value of a sequence; with what can
 * be drawn from without a further right. A sequence that begins again by itself is left out: its ids are in use.
 */
const SEQUENCES = `
  with drawn as (
    select c.relname || '.' || a.attname as name, a.atttypid as type, d.objid as sequence
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attidentity <> ''
    join pg_depend d on d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
      and d.refobjid = c.oid and d.refobjsubid = a.attnum and d.deptype = 'i'
    where n.nspname = current_schema() and c.relkind in ('r', 'p') and c.relname in (select json_array_elements_text($1::json))
    union all
    select c.relname || '.' || a.attname, a.atttypid, d.refobjid
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_attrdef f on f.adrelid = c.oid and f.adnum = a.attnum
    join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = f.oid and d.refclassid = 'pg_class'::regclass
      and d.deptype = 'n'
    where n.nspname = current_schema() and c.relkind in ('r', 'p') and c.relname in (select json_array_elements_text($1::json))
      and pg_get_expr(f.adbin, f.adrelid) ~ '^nextval\\(''.*''::regclass\\)$'
  )
  select drawn.name, s.oid::text as oid, q.increment_by::text as step, q.last_value::text as last,
    greatest(q.min_value, type.least)::text as least, least(q.max_value, -1 - type.least)::text as greatest
  from drawn
  join pg_class s on s.oid = drawn.sequence
  join pg_namespace n on n.oid = s.relnamespace
  join pg_sequences q on q.schemaname = n.nspname and q.sequencename = s.relname
  cross join lateral (select case drawn.type when 'int2'::regtype then -32768
    when 'int4'::regtype then -2147483648 else -9223372036854775808 end::int8) as type (least)
  where not q.cycle and has_sequence_privilege(s.oid, 'USAGE')`

interface Row {
  readonly name: string
  readonly oid: string
  readonly step: string
  readonly last: string | null
  readonly least: string
  readonly greatest: string
}

/** Tells of the sequences of these tables, those that this role may draw from. */
export async function readSequences(
  connection: EngineConnection,
  tables: readonly string[],
): Promise<PrimarySequence[]> {
  const { rows } = await connection.execute<Row>(CompiledQuery.raw(SEQUENCES, [tables]))
  return rows.map(({ name, oid, step, last, least, greatest }) => ({
    name,
    oid,
    bounds:
      last === null
        ? null
        : { step: BigInt(step), last: BigInt(last), least: BigInt(least), greatest: BigInt(greatest) },
  }))
}

/** Draws so many ids from a sequence: nobody else gets them, and they are given by no further call. */
export async function drawIds(connection: EngineConnection, oid: string, count: number): Promise<bigint[]> {
  const drawing = CompiledQuery.raw(
    "select nextval($1::oid::regclass)::text as id from generate_series(1, $2::int4)",
    [oid, count],
  )
  const { rows } = await connection.execute<{ id: string }>(drawing)
  return rows.map(({ id }) => BigInt(id))
}
