import type { Client } from "pg"
import {
  BEAT,
  CAPTURE_LOCK_KEY,
  captureMark,
  captureStatements,
  functionName,
  JOURNAL_OBJECTS,
  JOURNAL_SCHEMA,
  type JournalObjects,
  PARTITION_TRIGGERS,
  TRIGGERS,
} from "./capture-sql.ts"
import { atOnce, inTransaction } from "./own-transaction.ts"
import type { PrimaryTable } from "./primary-table.ts"
import { HAS_SHAPE_FUNCTION, MAKE_SHAPE_FUNCTION } from "./table-shape.ts"

/**
 * So long a table's writers may be kept waiting for the triggers; then it is tried again later. Below PostgreSQL's
 * deadlock_timeout: where a writer and this wait for each other, it is this one that gives up.
 */
const LOCK_TIMEOUT_MS = 500
/** Once that is over, so long for each partition that is left. */
const LAST_LOCK_TIMEOUT_MS = 10

/** What is left of that since the server got the message. */
const LEFT_LOCK_TIMEOUT = `select set_config('lock_timeout', greatest(${LAST_LOCK_TIMEOUT_MS}, ceil(${LOCK_TIMEOUT_MS}
  - extract(epoch from clock_timestamp() - statement_timestamp()) * 1000))::text, true)`

/** Somebody has switched capturing off on the primary, or removed what was made there. */
export class CaptureOffError extends Error {
  override readonly name = "CaptureOffError"

  constructor() {
    super("capturing changes is switched off on the primary")
  }
}

/** SQLSTATE, one that the server itself never gives. */
const CAPTURE_OFF = "UNDOF"

/** A statement that fails where nothing is to be captured. */
const ASSERT_CAPTURE_ON = `do $understudy$ begin
  if (select capture from understudy.primary_mark) is not true then
    raise exception using errcode = '${CAPTURE_OFF}', message = 'capturing is switched off';
  end if; end $understudy$`

/** @throws CaptureOffError where nothing is to be captured. */
export async function assertCaptureOn(client: Client): Promise<void> {
  await orCaptureOff(client.query(ASSERT_CAPTURE_ON))
}

async function orCaptureOff(asserting: Promise<unknown>): Promise<void> {
  await asserting.catch((error: unknown) => {
    throw (error as { code?: unknown }).code === CAPTURE_OFF ? new CaptureOffError() : error
  })
}

/**
 * Makes the tables of the journal, if they are not there, and says that a mirror is. Rejects with the server's error, 42501
 * where rights are missing.
 */
export async function installJournal(client: Client): Promise<void> {
  if (!(await isJournalThere(client))) await makeJournal(client)
  await inTransaction(client, () => client.query(BEAT))
}

async function makeJournal(client: Client): Promise<void> {
  await inTransaction(client, async () => {
    await client.query(`select pg_advisory_xact_lock(${CAPTURE_LOCK_KEY})`)
    // Who may use a schema that somebody else made need not be allowed to make one.
    const { rows } = await client.query<{ missing: boolean }>(
      "select to_regnamespace('understudy') is null as missing",
    )
    if (rows[0]?.missing === true) await client.query("create schema understudy")
    for (const statement of [...JOURNAL_SCHEMA, MAKE_SHAPE_FUNCTION]) await client.query(statement)
    // What captured already did not while something of this was missing: as after any lapse, the journal begins anew.
    await client.query(`update understudy.primary_mark set lapses = 0 where exists (
      select from pg_proc where pronamespace = 'understudy'::regnamespace and proname ~ '^capture_[0-9]+$')`)
  })
}

async function isJournalThere(client: Client): Promise<boolean> {
  const tables = ["primary_mark", "journal", "mirror", "heartbeat", "lapse", "tick"].map(
    (name) => `understudy.${name}`,
  )
  const { rows } = await client.query<{ there: boolean }>(
    `select bool_and(to_regclass(name) is not null) and ${HAS_SHAPE_FUNCTION} as there from unnest($1::text[]) name`,
    [tables],
  )
  return rows[0]?.there === true
}

/**
 * Sees to it that a table's changes are journaled: from the moment on in which this resolves, by every transaction, also by
 * one that began before, since making a trigger waits for whoever writes to the table. Rejects with the server's error:
 * 42501 where rights are missing, 55P03 where somebody held the table for longer than half a second.
 */
export async function installCapture(client: Client, table: PrimaryTable): Promise<void> {
  const objects = await findObjects(client)
  if (await isCaptured(client, table, objects)) return
  const statements = captureStatements(table, objects).flatMap((statement) => [LEFT_LOCK_TIMEOUT, statement])
  await orCaptureOff(
    atOnce(client, [
      `set local lock_timeout = ${LOCK_TIMEOUT_MS}`,
      `select pg_advisory_xact_lock(${CAPTURE_LOCK_KEY})`,
      ASSERT_CAPTURE_ON,
      ...statements,
    ]),
  )
}

async function findObjects(client: Client): Promise<JournalObjects> {
  const { rows } = await client.query<{ objects: JournalObjects }>(JOURNAL_OBJECTS)
  const objects = rows[0]?.objects
  if (objects === undefined || Object.values(objects).includes(null)) throw new CaptureOffError()
  return objects
}

/** Are all the triggers there, and made as they would be now? */
async function isCaptured(client: Client, table: PrimaryTable, objects: JournalObjects): Promise<boolean> {
  const { rows } = await client.query<{ count: number; comment: string | null }>(
    `select count(*)::int as count, obj_description(to_regprocedure($3), 'pg_proc') as comment
      from pg_trigger t
      where t.tgrelid = any($1::oid[]) and t.tgname = any($2) and t.tgenabled in ('O', 'A')
        and t.tgfoid = to_regprocedure($3)`,
    [[table.oid, ...table.partitions], TRIGGERS.map(({ trigger }) => trigger), `${functionName(table)}()`],
  )
  const expected = TRIGGERS.length + PARTITION_TRIGGERS.length * table.partitions.length
  return rows[0]?.count === expected && rows[0].comment === captureMark(table, objects)
}
