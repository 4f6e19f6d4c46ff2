import { createHash } from "node:crypto"
import { quoteName } from "../engine/sqlite/sql-tokens.ts"
import type { CapturedTable } from "./captured-table.ts"

/** The key of the advisory lock under which what captures is made: "capture" in ASCII. */
export const CAPTURE_LOCK_KEY = 0x63617074757265n

/**
 * What every capturing function is set to. A row's text is not to depend on who wrote it; and a session plans once for all of
 * its statements: where the first has changed no row, for so few that a large one would compare each row with each.
 */
const FUNCTION_SETTINGS = [
  "search_path = pg_catalog, pg_temp",
  "DateStyle = 'ISO, MDY'",
  "TimeZone = 'UTC'",
  "extra_float_digits = 1",
  "bytea_output = 'hex'",
  "enable_nestloop = off",
]

/** So large may the journal be on disk, in bytes; past that nothing is captured until a mirror begins anew. */
export const LARGEST_JOURNAL_BYTES: number = 256 * 2 ** 20
/** A mirror that was not seen for so long copies anew, and without any mirror nothing is captured; in seconds. */
export const LONGEST_ABSENCE_S: number = 24 * 3_600

/** In so many seconds the size of the journal is looked at once, and mirrors are told of changes once. */
const TICK_S = 0.05

/** What makes the mark by which a primary is known from then on. */
export const PRIMARY_MARK: readonly string[] = [
  `create table if not exists understudy.primary_mark (
    only_one boolean primary key default true check (only_one),
    id uuid not null default gen_random_uuid(),
    capture boolean not null default true,
    complete_from xid8 not null default '0',
    lapses bigint not null default 1
  )`,
  `insert into understudy.primary_mark default values on conflict do nothing`,
]

/**
 * What is ours in the schema `understudy` of the primary. `journal.row` is the row after the change as PostgreSQL prints a row
 * (JSON would not tell a NULL from a `null` of JSON), null where the row is gone; `key` is null where all rows are (TRUNCATE).
 * `primary_mark` tells one primary from another, whether changes are to be captured, and from which transaction on the journal lacks nothing.
 *
 * The sequences are read and written outside of transactions, so that no snapshot, however old, hides them: `heartbeat` is
 * the second in which a mirror was last there, `lapse` grows whenever a change was not captured, `tick` is the last moment
 * in which a change was told.
 */
export const JOURNAL_SCHEMA: readonly string[] = [
  ...PRIMARY_MARK,
  `create table if not exists understudy.journal (
    seq bigint not null generated always as identity,
    xid xid8 not null default pg_current_xact_id(),
    relation oid not null,
    key text,
    "row" text
  )`,
  `create index if not exists journal_xid on understudy.journal (xid, seq)`,
  `create table if not exists understudy.mirror (
    id uuid primary key,
    cursor pg_snapshot not null,
    seen_at timestamptz not null default clock_timestamp()
  )`,
  `create sequence if not exists understudy.heartbeat minvalue 0`,
  `create sequence if not exists understudy.lapse`,
  `create sequence if not exists understudy.tick minvalue 0`,
]

/** How often a change was not captured; 1 where that never happened. */
export const LAPSES = `(select last_value + is_called::int from understudy.lapse)`

/** Says that a mirror is there. */
export const BEAT = `select setval('understudy.heartbeat', extract(epoch from clock_timestamp())::bigint)`

/** The oids of what a capturing function works with: looking them up by name would cost every statement that writes. */
export interface JournalObjects {
  readonly journal: number
  readonly heartbeat: number
  readonly tick: number
}

/** Gives {@link JournalObjects}. */
export const JOURNAL_OBJECTS = `select json_build_object('journal', to_regclass('understudy.journal')::oid::int8,
  'heartbeat', to_regclass('understudy.heartbeat')::oid::int8, 'tick', to_regclass('understudy.tick')::oid::int8) as objects`

/** The name of the channel on which a change is told. */
export const CHANNEL = "understudy_journal"

/** The statements that capture a table's changes from their commit on. They can be run again. */
export function captureStatements(table: CapturedTable, objects: JournalObjects): readonly string[] {
  const name = functionName(table)
  return [
    captureFunction(table, objects),
    `revoke all on function ${name}() from public`,
    `comment on function ${name}() is ${literal(captureMark(table, objects))}`,
    triggersOn(table.oid, TRIGGERS, name),
    ...table.partitions.map((relation) => triggersOn(relation, PARTITION_TRIGGERS, name)),
  ]
}

/** What the comment of a table's function says: another text where this program would make another function. */
export function captureMark(table: CapturedTable, objects: JournalObjects): string {
  return createHash("sha256").update(captureFunction(table, objects)).digest("hex")
}

/** A relation is known by its oid; its name may be another one by now. */
function triggersOn(relation: number, triggers: readonly CaptureTrigger[], capture: string): string {
  const statements = triggers.map(
    ({ trigger, event, transition }) => `
      execute format('create or replace trigger ${trigger} after ${event} on %s ${transition} for each statement
        execute function ${capture}()', relation);`,
  )
  return `do $understudy$ declare relation regclass := ${relation}; begin ${statements.join("")} end $understudy$`
}

interface CaptureTrigger {
  readonly trigger: string
  readonly event: string
  readonly transition: string
}

/** The triggers on each table: one an event, since a transition table belongs to one. */
export const TRIGGERS: readonly CaptureTrigger[] = [
  { trigger: "understudy_insert", event: "insert", transition: "referencing new table as understudy_new" },
  {
    trigger: "understudy_update",
    event: "update",
    transition: "referencing old table as understudy_old new table as understudy_new",
  },
  { trigger: "understudy_delete", event: "delete", transition: "referencing old table as understudy_old" },
  { trigger: "understudy_truncate", event: "truncate", transition: "" },
]

/** A partition that is emptied gets another file, by which it is noticed: the trigger could not tell which rows went. */
export const PARTITION_TRIGGERS: readonly CaptureTrigger[] = TRIGGERS.filter(
  ({ event }) => event !== "truncate",
)

/** The function that captures a table's changes; named after the oid, which a rename leaves as it is. */
export function functionName({ oid }: CapturedTable): string {
  return `understudy.capture_${oid}`
}

/**
 * A partition that was detached keeps its triggers; what is written to it then is not the table's. A key that is not what it
 * was has changed the table's shape, by which a mirror notices it. Where the journal was taken away, nothing is captured: no
 * write fails because of it.
 *
 * Every statement that writes pays for this, so it asks by expressions alone: a query costs some 10 µs more.
 *
 * Where a trigger of the program's writes, that is told before the statement by which it fired: the rows that this one
 * leaves are read from the table then.
 *
 * Commits that tell anything wait for each other, and a transaction that has told something cannot be prepared: so it is
 * told once in a while, for haste alone, and not at all on a server that prepares transactions.
 */
function captureFunction(table: CapturedTable, objects: JournalObjects): string {
  const { oid, key, keyIndex } = table
  const { journal, heartbeat, tick } = objects
  const hasKey = key.map(
    (name, index) =>
      `replace(pg_get_indexdef(${keyIndex}, ${index + 1}, false), '"', '') = ${literal(name.replaceAll('"', ""))}`,
  )
  const hasJournal = [
    `has_table_privilege(${journal}::oid, 'insert')`,
    `has_sequence_privilege(${heartbeat}::oid, 'select')`,
    `has_sequence_privilege(${tick}::oid, 'update')`,
  ]
  return `create or replace function ${functionName(table)}() returns trigger
    language plpgsql security definer
    ${FUNCTION_SETTINGS.map((each) => `set ${each}`).join(" ")}
    as $understudy$
    declare
      now float8 := date_part('epoch', clock_timestamp());
      tick bigint := now / ${TICK_S}::float8;
    begin
      if tg_relid <> ${oid} and not exists (select from pg_partition_ancestors(tg_relid) where relid = ${oid}) then
        return null;
      end if;
      if (${hasKey.join(" and ")}) is not true then
        return null;
      end if;
      if (${hasJournal.join(" and ")}) is not true then
        perform nextval(to_regclass('understudy.lapse'));
        return null;
      end if;
      if pg_sequence_last_value(${tick}::oid) is distinct from tick then
        if coalesce(pg_sequence_last_value(${heartbeat}::oid), 0) < now - ${LONGEST_ABSENCE_S}
          or pg_table_size(${journal}::oid) > ${LARGEST_JOURNAL_BYTES} then
          perform nextval(to_regclass('understudy.lapse'));
          return null;
        end if;
        perform setval(${tick}::oid, tick);
        if current_setting('max_prepared_transactions') = '0' then
          perform pg_notify('${CHANNEL}', '');
        end if;
      end if;
      if pg_trigger_depth() > 1 then
        perform set_config('understudy.nested', 'on', true);
      end if;
      if tg_op = 'TRUNCATE' then
        insert into understudy.journal (relation) values (${oid});
        if current_setting('understudy.nested', true) = 'on' then
          execute ${allRows(table)};
        end if;
      elsif current_setting('understudy.nested', true) = 'on' then
        execute case tg_op
          when 'INSERT' then ${currentRows(table, ["new"])}
          when 'UPDATE' then ${currentRows(table, ["old", "new"])}
          else ${currentRows(table, ["old"])} end;
      elsif tg_op = 'INSERT' then
        insert into understudy.journal (relation, key, "row")
          select ${oid}, ${keyOf(table, "n")}, (n.*)::text from understudy_new n;
      elsif tg_op = 'UPDATE' then
        insert into understudy.journal (relation, key)
          select ${oid}, ${keyOf(table, "o")} from understudy_old o
          where not exists (select from understudy_new n where ${sameKey(table, "n", "o")});
        insert into understudy.journal (relation, key, "row")
          select ${oid}, ${keyOf(table, "n")}, (n.*)::text from understudy_new n;
      else
        insert into understudy.journal (relation, key)
          select ${oid}, ${keyOf(table, "o")} from understudy_old o;
      end if;
      return null;
    end
    $understudy$`
}

function keyOf({ key }: CapturedTable, row: string): string {
  return `row(${key.map((column) => `${row}.${quoteName(column)}`).join(", ")})::text`
}

/** Keys are told apart by their texts: what is equal may be written in several ways. */
function sameKey({ key }: CapturedTable, left: string, right: string): string {
  const textOf = (row: string, column: string): string => `${row}.${quoteName(column)}::text collate "C"`
  return key.map((column) => `${textOf(left, column)} = ${textOf(right, column)}`).join(" and ")
}

/** An expression for the statement that writes what is in the table by now. */
function allRows(table: CapturedTable): string {
  const before = `insert into understudy.journal (relation, key, "row")
    select ${table.oid}, ${keyOf(table, "t")}, (t.*)::text from `
  return `${literal(before)} || ${table.oid}::regclass || ' t'`
}

/** An expression for the statement that writes what has become of the rows in these transition tables by now. */
function currentRows(table: CapturedTable, transitions: readonly ("old" | "new")[]): string {
  const columns = table.key.map(quoteName)
  const changed = transitions.map((name) => `select ${columns.join(", ")} from understudy_${name}`)
  const found = columns.map((column) => `t.${column} = c.${column}`).join(" and ")
  const before = `insert into understudy.journal (relation, key, "row")
    select ${table.oid}, ${keyOf(table, "c")}, (select (t.*)::text from `
  const after = ` t where ${found} and ${sameKey(table, "t", "c")}) from (${changed.join(" union all ")}) c`
  // A table's name may be another one by now.
  return `${literal(before)} || ${table.oid}::regclass || ${literal(after)}`
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
