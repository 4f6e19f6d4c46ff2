// Makes a journal, and replays it in this process: its memory is what is measured.
import { DatabaseSync } from "node:sqlite"
import { Client } from "pg"
import { Secret } from "../../packages/understudy/src/base/secret.ts"
import { createJournalTables } from "../../packages/understudy/src/journal/local/journal-tables.ts"
import { ReplayRun } from "../../packages/understudy/src/replay/replay-run.ts"

/** What a replay came to. */
export interface ReplayedJournal {
  readonly perSecond: number
  /** What it took of this process alone, in milliseconds. */
  readonly cpuMs: number
  /** MiB above what the process had before. */
  readonly peakMemory: number
  /** A run that finds nothing to do. */
  readonly idleMs: number
}

const TABLES: Readonly<Record<string, readonly string[]>> = {
  one: ["create table items (id bigint primary key, title text not null, number bigint not null)"],
  mixed: [
    "create table items (id bigint primary key, title text not null, number bigint not null)",
    "create table notes (id bigint primary key, item bigint not null references items, title text not null)",
  ],
  triggers: [
    "create table items (id bigint primary key, title text not null, number bigint not null)",
    `create function stamp() returns trigger language plpgsql as 'begin new.title := new.title || ''!''; return new; end'`,
    "create trigger stamp before insert or update on items for each row execute function stamp()",
  ],
}

const [url = "", file = "", kind = "one", count = "1000"] = process.argv.slice(2)
const changes = Number(count)
/** Before the journal begins, so many rows are there: each is updated once at most. */
const rows = changes

const client = new Client({ connectionString: url })
await client.connect()
for (const statement of TABLES[kind] ?? []) await client.query(statement)
await client.query("begin; alter table items disable trigger user")
await client.query(
  `insert into items select g, 'Water plant number ' || g, 0 from generate_series(1, ${rows}) g`,
)
await client.query("alter table items enable trigger user; commit")
await client.query("vacuum analyze items")
await client.end()
makeJournal()

/** Of ten transactions of one change each, seven update a row and three insert one. */
function makeJournal(): void {
  const database = new DatabaseSync(file)
  database.exec("pragma journal_mode = wal")
  createJournalTables(database)
  const columns =
    '[{"name":"id","type":"int8"},{"name":"title","type":"text"},{"name":"number","type":"int8"}]'
  const notes = '[{"name":"id","type":"int8"},{"name":"item","type":"int8"},{"name":"title","type":"text"}]'
  database.exec(`
    insert into understudy_origin (origin, opened_at) values ('${crypto.randomUUID()}', 0);
    insert into understudy_shape values (1, 'items', '${columns}', '["id"]'), (2, 'notes', '${notes}', '["id"]');
    with recursive n(g) as (values (1) union all select g + 1 from n where g < ${changes})
    insert into understudy_change (unit, at, shape, operation, before, after)
      select (1 << 32) | g, 0, ${kind === "mixed" ? "iif(g % 10 < 3 and g % 2, 2, 1)" : "1"},
        iif(g % 10 < 3, 'I', 'U'),
        iif(g % 10 < 3, null, json_array('i' || (1 + g * 7919 % ${rows}), 'tWater plant number ' || (1 + g * 7919 % ${rows}), 'i' || 0)),
        ${
          kind === "mixed"
            ? "iif(g % 10 < 3 and g % 2, json_array('i' || g, 'i' || (1 + g % 1000), 'tnote'), "
            : "("
        }
        iif(g % 10 < 3, json_array('i' || (${rows} + g), 'tNew plant number ' || g, 'i' || g),
          json_array('i' || (1 + g * 7919 % ${rows}), 'tWater plant number ' || (1 + g * 7919 % ${rows}), 'i' || g)))
      from n`)
  database.close()
}

const { username, password, hostname, port, pathname } = new URL(url)
const options = {
  postgres: {
    parts: {
      user: decodeURIComponent(username),
      password: new Secret(decodeURIComponent(password)),
      hosts: [{ host: hostname, port: Number(port) }],
      database: pathname.slice(1),
      params: {},
    },
    poolMax: 5,
    connectTimeoutMs: 5_000,
    statementTimeoutMs: 20_000,
    values: { int8: "number", timestamptz: "date" },
  },
  file,
  policies: { default: "primary", tables: {} },
  throttle: { workMs: 1_000, pauseMs: 0 },
} as const
const before = process.memoryUsage.rss()
let peak = before
const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20)
using run = new ReplayRun(options, new AbortController().signal, () => {})
const beganMs = performance.now()
const cpu = process.cpuUsage()
const result = await run.run(null)
const tookMs = performance.now() - beganMs
const { user, system } = process.cpuUsage(cpu)
clearInterval(watch)
if (result.parked > 0) throw new Error(`${result.parked} transactions were parked`)
const idleFromMs = performance.now()
await run.run(null)
const idleMs = performance.now() - idleFromMs
const figures: ReplayedJournal = {
  cpuMs: (user + system) / 1_000,
  perSecond: (result.changes * 1_000) / tookMs,
  peakMemory: (peak - before) / 2 ** 20,
  idleMs,
}
process.stdout.write(JSON.stringify(figures))
