import type { Client } from "pg"

const ASKED = `select a.pid, a.application_name as name, a.state, a.wait_event_type || ' ' || a.wait_event as waits,
    array_to_string(pg_blocking_pids(a.pid), ', ') as for,
    round(extract(epoch from clock_timestamp() - a.xact_start))::int as "inTransactionS",
    round(extract(epoch from clock_timestamp() - a.state_change))::int as "inStateS",
    left(regexp_replace(a.query, '\\s+', ' ', 'g'), 160) as query
  from pg_stat_activity a
  where a.datname = current_database() and a.pid <> pg_backend_pid() and a.xact_start is not null
  order by a.xact_start`

/** What the server's sessions that are in a transaction do, the one that began first of all first, a line each. */
export async function whoWaits(client: Client): Promise<string[]> {
  const { rows } = await client.query<object>(ASKED)
  return rows.map((row) => JSON.stringify(row))
}
