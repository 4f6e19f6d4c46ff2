// Puts load on one address and prints what came of it, as JSON: in a process of its own, so that the load does not take
// the time of what is measured. `node bench/support/load.ts URL SECONDS CONNECTIONS [JSON]`; JSON is posted.
import autocannon from "autocannon"

/** What the load saw. */
export interface LoadResult {
  readonly perSecond: number
  /** How many answers came. */
  readonly answers: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const [, , url = "", seconds = "1", connections = "1", body] = process.argv

/** Each request from another client, as a host's edge tells them, or the rate limit would answer most of them. */
const requests = Array.from({ length: 4000 }, (_, client) => ({
  method: body === undefined ? ("GET" as const) : ("POST" as const),
  headers: {
    "x-forwarded-for": `203.${client >> 8}.${client & 255}.7`,
    ...(body === undefined ? {} : { "content-type": "application/json" }),
  },
  ...(body === undefined ? {} : { body }),
}))
const result = await autocannon({
  url,
  connections: Number(connections),
  duration: Number(seconds),
  requests,
})
if (result.non2xx + result.errors > 0) {
  process.stderr.write(`${url}: ${result.non2xx} answers were no success, ${result.errors} errors\n`)
  process.exit(1)
}
const seen: LoadResult = {
  perSecond: result["2xx"] / result.duration,
  answers: result["2xx"],
  p50Ms: result.latency.p50,
  p99Ms: result.latency.p99,
}
process.stdout.write(`${JSON.stringify(seen)}\n`)
