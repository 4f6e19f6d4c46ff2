import type { Client } from "pg"

/** What Understudy made on the primary. Names are as SQL takes them. */
export interface OwnObjects {
  /** May the role that asks drop the schema itself? Not where an administrator made it for the role. */
  readonly mayDropSchema: boolean
  readonly tables: readonly string[]
  /** But those that go with a table's column. */
  readonly sequences: readonly string[]
  /** Those that capture a table's changes. */
  readonly captures: readonly string[]
  /** All other functions. */
  readonly functions: readonly string[]
  /** The program's tables on which a trigger of ours is, partitions included. */
  readonly capturedTables: readonly string[]
}

const OBJECTS = `
  with ours as (select oid, nspowner from pg_namespace where nspname = 'understudy'),
    routines as (
      select p.oid, format('understudy.%I(%s)', p.proname, pg_get_function_identity_arguments(p.oid)) as name,
        p.proname ~ '^capture_[0-9]+$' as captures
      from pg_proc p join ours o on p.pronamespace = o.oid
    )
  select pg_has_role(nspowner, 'USAGE') as "mayDropSchema",
    to_json(array(select format('understudy.%I', c.relname) from pg_class c
      where c.relnamespace = o.oid and c.relkind in ('r', 'p') order by 1)) as tables,
    to_json(array(select format('understudy.%I', c.relname) from pg_class c
      where c.relnamespace = o.oid and c.relkind = 'S' and not exists (
        select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i')
      ) order by 1)) as sequences,
    to_json(array(select name from routines where captures order by oid)) as captures,
    to_json(array(select name from routines where not captures order by 1)) as functions,
    to_json(array(select distinct format('%I.%I', n.nspname, c.relname)
      from pg_trigger t join routines r on t.tgfoid = r.oid
      join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
      order by 1)) as "capturedTables"
  from ours o`

/** Null where there is no schema of ours. */
export async function findOwnObjects(client: Client): Promise<OwnObjects | null> {
  const { rows } = await client.query<OwnObjects>(OBJECTS)
  return rows[0] ?? null
}
