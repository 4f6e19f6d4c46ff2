import type { DatabaseSync } from "node:sqlite"
import { DEFAULT_MIGRATION_TABLE } from "kysely/migration"
import { unitsOf } from "../../engine/sqlite/transaction-units.ts"
import { NOW_SQL, OPERATIONS } from "./journal-tables.ts"

const TRIGGER = "understudy_migration"

/** A uuid of version 4, by SQLite's own functions. */
const RANDOM_UUID_SQL = `lower(printf('%s-%s-4%s-8%s-%s', hex(randomblob(4)), hex(randomblob(2)),
  substr(hex(randomblob(2)), 2), substr(hex(randomblob(2)), 2), hex(randomblob(6))))`

/**
 * Has each migration kept that runs from now on, so that what was written before it is handed back before it. Each is an
 * origin of its own, drawn in SQL: whoever migrates the file need not know of the journal. None runs while rows are
 * captured, or the numbers of transactions would no longer grow.
 */
export function captureMigrations(database: DatabaseSync): void {
  const made = database.prepare("select 1 from sqlite_schema where type = 'table' and name = ?")
  if (made.get(DEFAULT_MIGRATION_TABLE) === undefined) return
  database.exec(`create trigger if not exists ${TRIGGER} after insert on ${DEFAULT_MIGRATION_TABLE} begin
    select raise(abort, 'the file is open for writing, and migrations run before that')
      where exists (select 1 from understudy_capture);
    insert into understudy_origin (origin, primary_mark, primary_known, opened_at)
      select ${RANDOM_UUID_SQL}, max(primary_mark), max(primary_known), ${NOW_SQL} from (
        select primary_mark, primary_known from understudy_origin order by id desc limit 1);
    insert into understudy_change (unit, at, operation, after)
      select max(id) * ${unitsOf(1)} + 1, ${NOW_SQL}, '${OPERATIONS.migration}', new.name from understudy_origin;
  end`)
}

/** Ends the keeping of migrations. */
export function ignoreMigrations(database: DatabaseSync): void {
  database.exec(`drop trigger if exists ${TRIGGER}`)
}
