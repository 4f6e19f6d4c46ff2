import type { Client } from "pg"
import { CAPTURE_LOCK_KEY, PRIMARY_MARK } from "../journal/capture-sql.ts"
import { inTransaction } from "../journal/own-transaction.ts"
import { MAKE_WRITE_KEYS_ON_PRIMARY } from "../journal/write-key.ts"

/**
 * What replay has on the primary, beside what captures. `replay_cursor` tells of each origin how far its changes are in the
 * primary, and stays for ever: a file that was set back is known by it. `replay_expected` has rows that the primary made
 * other (`image`) than they were handed back (`given`); `home` is the same for all origins of a file that go on from each other, so that
 * what one made is expected by the next. Of a parked transaction, `before`, `ours` and `theirs` are JSON objects of texts by the
 * names of columns; not `jsonb`, which has no place for a NUL. `theirs` is JSON's null where there was no row, and NULL where
 * it could not be read.
 */
const REPLAY_SCHEMA: readonly string[] = [
  MAKE_WRITE_KEYS_ON_PRIMARY,
  `create table if not exists understudy.replay_cursor (
    origin text primary key,
    home text not null,
    seq bigint not null default 0,
    moved_at timestamptz not null default clock_timestamp()
  )`,
  `create table if not exists understudy.replay_expected (
    origin text not null,
    "table" text not null,
    key text not null,
    given json not null,
    image json not null,
    primary key ("table", key, origin)
  )`,
  `create table if not exists understudy.parked_transaction (
    id bigint primary key generated always as identity,
    origin text not null,
    unit bigint not null,
    at timestamptz not null,
    parked_at timestamptz not null default clock_timestamp(),
    reason text not null,
    "table" text,
    detail text,
    depends_on bigint[] not null default '{}',
    state text not null default 'open' check (state in ('open', 'applied', 'dismissed')),
    settled_at timestamptz
  )`,
  `create index if not exists parked_transaction_origin on understudy.parked_transaction (origin) where state = 'open'`,
  `create table if not exists understudy.parked_change (
    transaction bigint not null references understudy.parked_transaction on delete cascade,
    place integer not null,
    seq bigint not null,
    "table" text not null,
    operation text not null check (operation in ('insert', 'update', 'delete')),
    key json not null,
    before json,
    ours json,
    theirs json,
    primary key (transaction, place)
  )`,
]

const TABLES = [
  "write_key",
  "primary_mark",
  "replay_cursor",
  "replay_expected",
  "parked_transaction",
  "parked_change",
]

/** Makes what is missing. Rejects with the server's error, 42501 where rights are missing. */
export async function installReplay(client: Client): Promise<void> {
  const { rows } = await client.query<{ there: boolean }>(
    "select bool_and(to_regclass('understudy.' || name) is not null) as there from unnest($1::text[]) name",
    [TABLES],
  )
  if (rows[0]?.there === true) return
  await inTransaction(client, async () => {
    await client.query(`select pg_advisory_xact_lock(${CAPTURE_LOCK_KEY})`)
    // Who may use a schema that somebody else made need not be allowed to make one.
    const found = await client.query("select where to_regnamespace('understudy') is not null")
    if (found.rowCount === 0) await client.query("create schema understudy")
    for (const statement of [...PRIMARY_MARK, ...REPLAY_SCHEMA]) await client.query(statement)
  })
}

/** The mark by which this primary is known; null where it has none yet. */
export async function findPrimaryMark(client: Client): Promise<string | null> {
  const { rows } = await client.query<{ there: boolean }>(
    "select to_regclass('understudy.primary_mark') is not null as there",
  )
  return rows[0]?.there === true ? readPrimaryMark(client) : null
}

/** The mark by which this primary is known. */
export async function readPrimaryMark(client: Client): Promise<string> {
  const { rows } = await client.query<{ id: string }>("select id::text as id from understudy.primary_mark")
  if (rows[0] === undefined) throw new Error("understudy.primary_mark is empty")
  return rows[0].id
}
