import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  figure,
  interleave,
  median,
  type BenchOptions,
  type Contestant,
  type Figure,
} from "./support/measure.ts"
import { putLoad } from "./support/put-load.ts"
import { createTask, startBackend, startBare, type Service } from "./support/service.ts"

const CONNECTIONS = 32

/** `GET /tasks/:id` of the backend, rate limit and headers on, against a bare handler with the same response schema. */
export async function http({ repetitions, quick }: BenchOptions): Promise<readonly Figure[]> {
  const cache = await mkdtemp(join(tmpdir(), "understudy-bench-cache-"))
  const processor = new Map<string, number[]>()
  const reader = (name: string, service: Service, path: string): Contestant => ({
    name,
    async run() {
      const before = await service.processorTime()
      const { answers, perSecond } = await putLoad(`${service.url}${path}`, quick ? 1 : 4, CONNECTIONS)
      const each = ((await service.processorTime()) - before) / answers
      processor.set(name, [...(processor.get(name) ?? []), each * 1000])
      return perSecond
    },
  })
  try {
    await using ours = await startBackend({ compileCache: cache })
    await using quiet = await startBackend({ compileCache: cache, env: { LOG_LEVEL: "warn" } })
    await using bare = await startBare()
    const contestants = [
      reader("ours", ours, await createTask(ours)),
      reader("quiet", quiet, await createTask(quiet)),
      reader("bare", bare, await createTask(bare)),
      reader("live", ours, "/health/live"),
      reader("bare live", bare, "/health/live"),
    ]
    // The first run lets the compiler see what is hot.
    for (const { run } of contestants) await run()
    processor.clear()

    const figures = await interleave(contestants, quick ? 1 : Math.min(repetitions, 5))
    const answers = (name: string, other = "bare") => [figures.get(name), figures.get(other)] as const
    const time = (name: string): number => median(processor.get(name) ?? [])
    const handler = "a bare handler"
    return [
      figure("GET /tasks/:id", "/s", answers("ours"), handler, { atLeast: 0.6 }),
      figure("GET /tasks/:id, no line a request", "/s", answers("quiet"), handler),
      figure("GET /tasks/:id, processor time", "us", [time("ours"), time("bare")], handler),
      figure("GET /tasks/:id, no line, processor time", "us", [time("quiet"), time("bare")], handler),
      figure("GET /health/live", "/s", answers("live", "bare live"), handler),
    ]
  } finally {
    await rm(cache, { recursive: true, force: true })
  }
}
