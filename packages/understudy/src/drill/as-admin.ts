import { Client } from "pg"
import type { PostgresServer } from "../testing/index.ts"

/** Runs a statement as the server's superuser. */
export async function asAdmin(server: PostgresServer, statement: string): Promise<void> {
  const client = new Client({ connectionString: server.adminUrl })
  client.on("error", () => {})
  await client.connect()
  await client.query(statement)
  await client.end()
}
