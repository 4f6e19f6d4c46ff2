import type { Client } from "pg"
import Cursor from "pg-cursor"
import { RowCursor } from "../engine/postgres/row-cursor.ts"
import { AFTER_CURSOR } from "../journal/primary-moment.ts"

/** What became of one row since the cursor. */
export type RowChange =
  /** All rows of the relation are to be taken away before the others of it are written. */
  | { readonly kind: "truncate"; readonly relation: number }
  /** `key` and `row` as PostgreSQL prints rows; no row: it is gone. */
  | { readonly kind: "row"; readonly relation: number; readonly key: string; readonly row: string | null }

/** Of each row only what became of it in the end; what a TRUNCATE took away is not told. */
const CHANGES = `
  with fresh as materialized (select seq, relation, key, "row" from understudy.journal where ${AFTER_CURSOR} and relation = any($2::oid[])),
    emptied as (select relation, max(seq) as seq from fresh where key is null group by relation)
  (select relation::int8 as relation, null as key, null as "row" from emptied)
  union all
  (select distinct on (f.relation, f.key) f.relation::int8, f.key, f."row"
    from fresh f left join emptied e using (relation)
    where f.key is not null and f.seq > coalesce(e.seq, -1)
    order by f.relation, f.key, f.seq desc)`

type Row = readonly [relation: string, key: string | null, row: string | null]

function changeOf([relation, key, row]: Row): RowChange {
  return key === null
    ? { kind: "truncate", relation: Number(relation) }
    : { kind: "row", relation: Number(relation), key, row }
}

/** Reads the changes of some relations since a cursor, page by page. Inside a transaction that has no xid of its own. */
export async function* readChanges(
  client: Client,
  position: string,
  relations: readonly number[],
  pageSize: number,
): AsyncGenerator<RowChange[]> {
  const cursor = new Cursor<Row>(CHANGES, [position, relations], { rowMode: "array" })
  const reading = new RowCursor(client, cursor)
  try {
    for (;;) {
      const rows = await reading.read(pageSize)
      if (rows.length > 0) yield rows.map(changeOf)
      if (rows.length < pageSize) return
    }
  } finally {
    await reading.close()
  }
}
