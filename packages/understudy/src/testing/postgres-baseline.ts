import { Client } from "pg"
import type { Baseline } from "./baseline.ts"

/** Tables that hold rows themselves, a partitioned one's partitions among them, and what of a row can be written. */
const TABLES = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name,
    coalesce(string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
      FILTER (WHERE a.attgenerated = ''), '') AS columns
  FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE c.relkind = 'r' AND c.relpersistence <> 't'
    AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'understudy_baseline')
  GROUP BY n.nspname, c.relname
  ORDER BY n.nspname, c.relname`

const SEQUENCES = `
  SELECT format('%I.%I', schemaname, sequencename) AS name, start_value AS start, last_value AS last
  FROM pg_sequences`

interface Table {
  readonly name: string
  readonly columns: string
}

interface Sequence {
  readonly name: string
  readonly start: string
  /** Null: never drawn from. */
  readonly last: string | null
}

async function withClient<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url })
  client.on("error", () => {})
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

/** Puts rows and sequences back, without triggers and without the order that foreign keys ask for. */
async function restoreAll(
  client: Client,
  tables: readonly Table[],
  filled: ReadonlyMap<string, string>,
  sequences: readonly Sequence[],
): Promise<void> {
  await client.query("BEGIN")
  await client.query("SET LOCAL session_replication_role = replica")
  if (tables.length > 0) await client.query(`TRUNCATE ${tables.map(({ name }) => name).join(", ")} CASCADE`)
  for (const { name, columns } of tables) {
    const copy = filled.get(name)
    if (copy === undefined || columns === "") continue
    await client.query(
      `INSERT INTO ${name} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns} FROM ${copy}`,
    )
  }
  for (const { name, start, last } of sequences) {
    await client.query("SELECT setval($1::regclass, $2, $3)", [name, last ?? start, last !== null])
  }
  await client.query("COMMIT")
}

/**
 * Keeps a copy of every row and every sequence's value, in a schema of its own. Tables that are made later are left
 * alone.
 * @param adminUrl A superuser's, since triggers and foreign keys must be silent.
 */
export async function postgresBaseline(adminUrl: string): Promise<Baseline> {
  const filled = new Map<string, string>()
  const { tables, sequences } = await withClient(adminUrl, async (client) => {
    const found = await client.query<Table>(TABLES)
    await client.query("CREATE SCHEMA understudy_baseline")
    for (const { name } of found.rows) {
      const { rowCount } = await client.query(`SELECT FROM ${name} LIMIT 1`)
      if (rowCount === 0) continue
      const copy = `understudy_baseline.table_${filled.size}`
      await client.query(`CREATE TABLE ${copy} AS TABLE ${name}`)
      filled.set(name, copy)
    }
    return { tables: found.rows, sequences: (await client.query<Sequence>(SEQUENCES)).rows }
  })
  return { restore: () => withClient(adminUrl, (client) => restoreAll(client, tables, filled, sequences)) }
}
