import { Client } from "pg"
import type { PostgresServer } from "understudy-db/testing"
import { insertItems } from "./support/items.ts"
import { figure, type BenchOptions, type Figure } from "./support/measure.ts"
import { mirrorState, openCopy, until } from "./support/mirror-progress.ts"
import { startMirrored } from "./support/service.ts"

/** Of this many rows a part is changed, in statements of so many. */
const ROWS_OF_ONE_STATEMENT = 5_000

/** The service stands still while rows change, and goes on: changes a second until a reader of the copy sees the last. */
export async function catchUp(server: PostgresServer, { quick }: BenchOptions): Promise<readonly Figure[]> {
  const changes = quick ? 20_000 : 200_000
  await using database = await server.createDatabase()
  await using service = await startMirrored(database.url, true)
  const client = new Client({ connectionString: database.url })
  await client.connect()
  try {
    await client.query(insertItems(changes))
    using copy = openCopy(service)
    const count = copy.prepare("select count(*) as rows from items where title = ?")
    const rowsOf = (title: string): number => Number(count.get(title)?.["rows"])
    await until(
      "the copy",
      async () => (await mirrorState(service)) === "live" && rowsOf(`Water plant number ${changes}`) === 1,
    )

    process.kill(service.pid, "SIGSTOP")
    for (let from = 0; from < changes; from += ROWS_OF_ONE_STATEMENT)
      await client.query(
        "update items set title = 'changed', price = price + 1 where number > $1 and number <= $2",
        [from, from + ROWS_OF_ONE_STATEMENT],
      )
    const beganMs = performance.now()
    process.kill(service.pid, "SIGCONT")
    await until("the last change", () => rowsOf("changed") === changes)
    const perSecond = (changes * 1000) / (performance.now() - beganMs)
    return [figure("catching up after a pause", "changes/s", [perSecond, 20_000], "target", { atLeast: 1 })]
  } finally {
    await client.end()
  }
}
