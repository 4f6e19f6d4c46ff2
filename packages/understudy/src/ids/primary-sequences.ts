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
  with drawn as materialized (
    select c.relname || '.' || a.attname as name,
      case a.atttypid when 'int2'::regtype then -32768 when 'int4'::regtype then -2147483648
        else -9223372036854775808 end::int8 as least_of_type,
      case when a.attidentity <> '' then (
        select d.objid from pg_depend d
        where d.classid = 'pg_class'::regclass and d.deptype = 'i'
          and d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid and d.refobjsubid = a.attnum
      ) else (
        select d.refobjid from pg_attrdef f join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = f.oid
        where f.adrelid = c.oid and f.adnum = a.attnum and d.refclassid = 'pg_class'::regclass and d.deptype = 'n'
          and pg_get_expr(f.adbin, f.adrelid) ~ '^nextval\\(''([^'']|'''')*''::regclass\\)$'
      ) end as sequence
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where n.nspname = current_schema() and c.relkind in ('r', 'p')
      and c.relname in (select json_array_elements_text($1::json)) and (a.atthasdef or a.attidentity <> '')
  )
  select drawn.name, s.oid::text as oid, q.increment_by::text as step, q.last_value::text as last,
    greatest(q.min_value, least_of_type)::text as least, least(q.max_value, -1 - least_of_type)::text as greatest
  from drawn
  join pg_class s on s.oid = drawn.sequence
  join pg_namespace n on n.oid = s.relnamespace
  join pg_sequences q on q.schemaname = n.nspname and q.sequencename = s.relname
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

/**
 * A server that crashes before the drawing is on its disk would give the same ids again: so this waits, where others do not.
 * Some drawings are in nobody's log but that of an earlier one, which only a transaction with an id of its own waits for.
 */
const DRAW = `
  with durable as materialized (
    select pg_current_xact_id(),
      case current_setting('synchronous_commit') when 'off' then set_config('synchronous_commit', 'local', true) end
  )
  select nextval($1::oid::regclass)::text as id from durable, generate_series(1, $2::int4)`

/** Draws so many ids from a sequence, in the sequence's order: it gives them to nobody else. */
export async function drawIds(connection: EngineConnection, oid: string, count: number): Promise<bigint[]> {
  const { rows } = await connection.execute<{ id: string }>(CompiledQuery.raw(DRAW, [oid, count]))
  return rows.map(({ id }) => BigInt(id))
}
