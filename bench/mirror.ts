import { startPostgres } from "understudy-db/testing"
import { catchUp } from "./mirror-follow.ts"
import { firstCopy } from "./mirror-copy.ts"
import { lag } from "./mirror-lag.ts"
import { price } from "./mirror-price.ts"
import type { BenchOptions, Figure } from "./support/measure.ts"

/** What the mirror costs, how fast it is, and how far it lags behind. */
export async function mirror(options: BenchOptions): Promise<readonly Figure[]> {
  await using server = await startPostgres({ durable: true, settings: { max_wal_size: "4GB" } })
  return [
    ...(await firstCopy(server, options)),
    ...(await lag(server, options)),
    ...(await catchUp(server, options)),
    ...(await price(server, options)),
  ]
}
