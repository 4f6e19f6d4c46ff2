import { quoteName } from "../engine/sqlite/sql-tokens.ts"
import type { CapturedTable } from "./captured-table.ts"

/** The key of the advisory lock under which what captures is made: "capture" in ASCII. */
export const CAPTURE_LOCK_KEY = 0x63617074757265n

/** What every capturing function is set to, so that a row's text does not depend on who wrote it. */
const FUNCTION_SETTINGS = [
  "search_path = pg_catalog, pg_temp",
  "DateStyle = 'ISO, MDY'",
  "TimeZone = 'UTC'",
  "extra_float_digits = 1",
  "bytea_output = 'hex'",
]

/**
 * The tables of ours on the primary. `journal.row` is the row after the change as PostgreSQL prints a row (JSON would not
 * tell a NULL from a `null` of JSON), null where the row is gone; `key` is null where all rows are (TRUNCATE). `primary_mark` tells one primary from another, and how far it was trimmed.
 */
export const JOURNAL_SCHEMA: readonly string[] = [
  `create schema if not exists understudy`,
  `create table if not exists understudy.primary_mark (
    only_one boolean primary key default true check (only_one),
    id uuid not null default gen_random_uuid(),
    trimmed_below xid8 not null default '0'
  )`,
  `insert into understudy.primary_mark default values on conflict do nothing`,
  `create table if not exists understudy.journal (
    seq bigint not null generated always as identity,
    xid xid8 not null default pg_current_xact_id(),
    at timestamptz not null default now(),
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
]

/** The name of the channel on which a change is told. */
export const CHANNEL = "understudy_journal"

/** The statements that capture a table's changes from their commit on. They can be run again. */
export function captureStatements(table: CapturedTable): readonly string[] {
  const name = functionName(table)
  return [
    captureFunction(table),
    `revoke all on function ${name}() from public`,
    // By this one sees whether it was made for the key that the table has now.
    `comment on function ${name}() is ${literal(JSON.stringify(table.key))}`,
    ...[table.oid, ...table.partitions].map((relation) => triggersOn(relation, name)),
  ]
}

/** A relation is known by its oid; its name may be another one by now. */
function triggersOn(relation: number, capture: string): string {
  const statements = TRIGGERS.map(
    ({ trigger, event, transition }) => `
      execute format('drop trigger if exists ${trigger} on %s', relation);
      execute format('create trigger ${trigger} after ${event} on %s ${transition} for each statement
        execute function ${capture}()', relation);`,
  )
  return `do $understudy$ declare relation regclass := ${relation}; begin ${statements.join("")} end $understudy$`
}

/** The triggers on each table and partition: one an event, since a transition table belongs to one. */
export const TRIGGERS = [
  { trigger: "understudy_insert", event: "insert", transition: "referencing new table as understudy_new" },
  {
    trigger: "understudy_update",
    event: "update",
    transition: "referencing old table as understudy_old new table as understudy_new",
  },
  { trigger: "understudy_delete", event: "delete", transition: "referencing old table as understudy_old" },
  { trigger: "understudy_truncate", event: "truncate", transition: "" },
] as const

/** The function that captures a table's changes; named after the oid, which a rename leaves as it is. */
export function functionName({ oid }: CapturedTable): string {
  return `understudy.capture_${oid}`
}

function captureFunction(table: CapturedTable): string {
  const { oid } = table
  const columns = table.key.map(quoteName)
  const keyOf = (row: string): string =>
    `row(${columns.map((column) => `${row}.${column}`).join(", ")})::text`
  const sameKey = columns.map((column) => `n.${column} = o.${column}`).join(" and ")
  return `create or replace function ${functionName(table)}() returns trigger
    language plpgsql security definer
    ${FUNCTION_SETTINGS.map((each) => `set ${each}`).join(" ")}
    as $understudy$
    begin
      if tg_op = 'INSERT' then
        insert into understudy.journal (relation, key, "row")
          select ${oid}, ${keyOf("n")}, (n.*)::text from understudy_new n;
      elsif tg_op = 'UPDATE' then
        insert into understudy.journal (relation, key)
          select ${oid}, ${keyOf("o")} from understudy_old o
          where not exists (select from understudy_new n where ${sameKey});
        insert into understudy.journal (relation, key, "row")
          select ${oid}, ${keyOf("n")}, (n.*)::text from understudy_new n;
      elsif tg_op = 'DELETE' then
        insert into understudy.journal (relation, key)
          select ${oid}, ${keyOf("o")} from understudy_old o;
      else
        insert into understudy.journal (relation) values (${oid});
      end if;
      perform pg_notify('${CHANNEL}', '');
      return null;
    end
    $understudy$`
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
