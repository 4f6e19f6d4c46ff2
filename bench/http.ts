import { execFile } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import type { LoadResult } from "./support/load.ts"
import { figure, interleave, type BenchOptions, type Contestant, type Figure } from "./support/measure.ts"
import { startBackend, startBare, type Service } from "./support/service.ts"

const CONNECTIONS = 32

/** `GET /tasks/:id` of the backend, rate limit and headers on, against a bare handler with the same response schema. */
export async function http({ repetitions, quick }: BenchOptions): Promise<readonly Figure[]> {
  const cache = await mkdtemp(join(tmpdir(), "understudy-bench-cache-"))
  try {
    await using ours = await startBackend({ compileCache: cache })
    await using bare = await startBare()
    const seconds = quick ? 1 : 4
    const contestants = [
      await reader("ours", ours, seconds),
      await reader("bare", bare, seconds),
      { name: "live", run: async () => (await load(`${ours.url}/health/live`, seconds)).perSecond },
      { name: "bare live", run: async () => (await load(`${bare.url}/health/live`, seconds)).perSecond },
    ]
    for (const { run } of contestants) await run()
    const figures = await interleave(contestants, quick ? 1 : Math.min(repetitions, 5))
    return [
      figure("GET /tasks/:id", "/s", [figures.get("ours"), figures.get("bare")], "a bare handler", {
        atLeast: 0.6,
      }),
      figure("GET /health/live", "/s", [figures.get("live"), figures.get("bare live")], "a bare handler"),
    ]
  } finally {
    await rm(cache, { recursive: true, force: true })
  }
}

/** Reads one task again and again. */
async function reader(name: string, { url }: Service, seconds: number): Promise<Contestant> {
  const created = await fetch(`${url}/tasks`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ title: "Water the plants" }),
  })
  if (created.status !== 201) throw new Error(`${name}: ${created.status} ${await created.text()}`)
  const { id } = (await created.json()) as { id: string }
  return { name, run: async () => (await load(`${url}/tasks/${id}`, seconds)).perSecond }
}

async function load(url: string, seconds: number): Promise<LoadResult> {
  const script = join(import.meta.dirname, "support/load.ts")
  const { stdout } = await promisify(execFile)(process.execPath, [
    script,
    url,
    String(seconds),
    String(CONNECTIONS),
  ])
  return JSON.parse(stdout) as LoadResult
}
