import { mkdtemp, readFile, rm } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { findFreePort } from "understudy-db/testing"
import {
  figure,
  interleave,
  median,
  type BenchOptions,
  type Contestant,
  type Figure,
} from "./support/measure.ts"
import { startBackend, startBare, type Service } from "./support/service.ts"

/**
 * From a process's start to its first 200 on /health/live, and its peak memory when it is ready: the backend on SQLite
 * against a bare script. Then the same for environments that lead to no PostgreSQL.
 */
export async function start({ repetitions }: BenchOptions): Promise<readonly Figure[]> {
  await using cache = await temporaryFolder()
  await using silent = await silentServer()
  const deadPort = await findFreePort()
  const refused = await refusedUrls()
  const memory = new Map<string, number[]>()
  const contestant = (name: string, launch: () => Promise<Service>): Contestant => ({
    name,
    async run() {
      await using service = await launch()
      memory.set(name, [...(memory.get(name) ?? []), await service.peakMemory()])
      return service.answeredMs
    },
  })
  const backend = (name: string, env: Readonly<Record<string, string>> = {}): Contestant =>
    contestant(name, () => startBackend({ env, compileCache: cache.path }))
  const cold = contestant("cold", async () =>
    startBackend({ compileCache: await mkdtemp(join(cache.path, "cold-")) }),
  )
  const contestants = [
    backend("unset"),
    contestant("bare", () => startBare()),
    contestant("bare with cache", () => startBare(cache.path)),
    cold,
    ...refused.map(({ code, value }) => backend(code, { DATABASE_URL: value })),
    backend("dead port", { DATABASE_URL: `postgresql://user:secret@127.0.0.1:${deadPort}/app` }),
    backend("silent", { DATABASE_URL: `postgresql://user:secret@127.0.0.1:${silent.port}/app` }),
  ]
  // The first of each fills the caches of Node and of the disk.
  for (const { run } of contestants) await run()
  memory.clear()

  const times = await interleave(contestants, repetitions)
  const took = (name: string, other: string): readonly [number | undefined, number | undefined] => [
    times.get(name),
    times.get(other),
  ]
  const peak = (name: string): number => median(memory.get(name) ?? [])
  return [
    figure("first answer", "ms", took("unset", "bare"), "a bare script", { atMost: 1.3 }),
    figure("peak memory", "MiB", [peak("unset"), peak("bare")], "a bare script", { atMost: 1.3 }),
    ...refused.map(({ code }) =>
      figure(`first answer, ${code}`, "ms", took(code, "unset"), "unset", { atMost: 1.1 }),
    ),
    figure("first answer, dead port", "ms", took("dead port", "unset"), "unset", { atMost: 1.1 }),
    figure("first answer, silent server", "ms", took("silent", "unset"), "unset", { atMost: 1.1 }),
    figure("first answer, bare with compile cache", "ms", took("unset", "bare with cache"), "a bare script"),
    figure("first answer, empty compile cache", "ms", took("cold", "bare"), "a bare script"),
    figure("peak memory, silent server", "MiB", [peak("silent"), peak("bare")], "a bare script"),
  ]
}

const CORPUS = new URL("../packages/understudy/test/corpus/database-urls.jsonl", import.meta.url)

/** One URL of the corpus for each reason for which a URL is refused. */
async function refusedUrls(): Promise<readonly { readonly code: string; readonly value: string }[]> {
  const rows = (await readFile(CORPUS, "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { verdict: string; value: string; findings: string[] })
  const byCode = new Map<string, string>()
  for (const { verdict, value, findings } of rows) {
    const code = findings.at(-1)
    if (verdict === "refused" && code !== undefined && !byCode.has(code)) byCode.set(code, value)
  }
  return [...byCode].map(([code, value]) => ({ code, value }))
}

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "understudy-bench-cache-"))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** Takes connections and never says a word. */
async function silentServer(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((socket) => socket.on("error", () => {}).resume())
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("no port")
  return { port: address.port, [Symbol.asyncDispose]: async () => void server.close() }
}
