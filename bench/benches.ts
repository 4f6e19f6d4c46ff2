import { capture } from "./capture.ts"
import { faithful } from "./faithful.ts"
import { http } from "./http.ts"
import { mirror } from "./mirror.ts"
import { outage } from "./outage.ts"
import { query } from "./query.ts"
import { replay } from "./replay.ts"
import { returning } from "./return.ts"
import { start } from "./start.ts"
import type { BenchOptions, Figure } from "./support/measure.ts"

/** What is measured, by name. */
export const BENCHES: Readonly<Record<string, (options: BenchOptions) => Promise<readonly Figure[]>>> = {
  start,
  query,
  faithful,
  http,
  mirror,
  capture,
  outage,
  replay,
  return: returning,
}
