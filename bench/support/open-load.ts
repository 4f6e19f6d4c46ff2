// Asks one address at a fixed rate and prints what came of it, as JSON: in a process of its own. A request begins when it
// is due, however late the answers before it are, and its time is counted from then. `open-load.ts URL SECONDS RATE`
import { Agent, get } from "node:http"

/** What the load saw. */
export interface OpenLoadResult {
  readonly answers: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly longestMs: number
}

const [, , url = "", seconds = "1", rate = "100"] = process.argv
const agent = new Agent({ keepAlive: true, maxSockets: 256 })
const count = Math.round(Number(seconds) * Number(rate))
const everyMs = 1000 / Number(rate)
const latencies: number[] = []
const failures: string[] = []
const beganMs = performance.now()

/** From another client each time, as a host's edge tells them, or the rate limit would answer. */
function ask(index: number): Promise<void> {
  const dueMs = beganMs + index * everyMs
  const headers = { "x-forwarded-for": `203.${(index >> 8) & 255}.${index & 255}.7` }
  const { promise, resolve } = Promise.withResolvers<void>()
  get(url, { agent, headers }, (response) => {
    response.resume().on("end", () => {
      latencies.push(performance.now() - dueMs)
      if (response.statusCode !== 200) failures.push(`status ${response.statusCode}`)
      resolve()
    })
  }).on("error", (error) => {
    failures.push(error.message)
    resolve()
  })
  return promise
}

const asked: Promise<void>[] = []
while (asked.length < count) {
  const due = Math.min(count, Math.floor((performance.now() - beganMs) / everyMs) + 1)
  while (asked.length < due) asked.push(ask(asked.length))
  const { promise, resolve } = Promise.withResolvers<void>()
  setTimeout(resolve, 1)
  await promise
}
await Promise.all(asked)
agent.destroy()
if (failures.length > 0) {
  process.stderr.write(`${url}: ${failures.length} of ${count} failed, the first: ${failures[0]}\n`)
  process.exit(1)
}
const sorted = latencies.toSorted((a, b) => a - b)
const at = (share: number): number => sorted[Math.min(count - 1, Math.floor(count * share))] ?? 0
const seen: OpenLoadResult = { answers: count, p50Ms: at(0.5), p99Ms: at(0.99), longestMs: at(1) }
process.stdout.write(`${JSON.stringify(seen)}\n`)
