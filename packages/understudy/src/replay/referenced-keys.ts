import type { Client } from "pg"

/** The keys of each table to which foreign keys refer: the names of their columns, in the order of the foreign key. */
export type ReferencedKeys = ReadonlyMap<string, readonly (readonly string[])[]>

/** Those of the tables in the schema in which the program makes its own. */
export async function findReferencedKeys(client: Client): Promise<ReferencedKeys> {
  const { rows } = await client.query<{ table: string; keys: string[][] }>(
    `select c.relname as "table", jsonb_agg(distinct k.names) as keys
      from pg_constraint f join pg_class c on c.oid = f.confrelid
        cross join lateral (select jsonb_agg(a.attname order by p.place) as names
          from unnest(f.confkey) with ordinality as p (attnum, place)
          join pg_attribute a on a.attrelid = f.confrelid and a.attnum = p.attnum) k
      where f.contype = 'f' and f.conparentid = 0 and c.relnamespace = current_schema()::regnamespace
      group by c.relname`,
  )
  return new Map(rows.map(({ table, keys }) => [table, keys]))
}
