import assert from "node:assert/strict"
import { readdir, readFile, stat } from "node:fs/promises"
import { join } from "node:path"
import type { Image } from "./build-image.ts"
import { seconds } from "./command.ts"
import type { Container } from "./container.ts"

/** How long a host waits after SIGTERM at the very least. */
const STOP_LIMIT_MS = 10_000

interface Health {
  readonly status: string
  readonly state: string
  readonly engine: string | null
  readonly reason: string
  readonly durability: string
  readonly findings: readonly { readonly code: string }[]
}

/** The page that a Space's host asks for answers GET and HEAD; how long the first answer took. */
export async function answersAtOnce(container: Container, origin: string): Promise<string> {
  const status = (method: string, path: string): Promise<number> =>
    fetch(origin + path, { method }).then(
      async (response) => (await response.arrayBuffer(), response.status),
      () => 0,
    )
  await container.until("live", async () => (await status("GET", "/health/live")) === 200)
  const liveMs = performance.now() - container.startedMs
  assert.equal(await status("GET", "/"), 200)
  assert.equal(await status("HEAD", "/"), 200)
  await container.until("ready", async () => (await status("GET", "/health/ready")) === 200)
  return `live after ${seconds(liveMs)}, ready after ${seconds(performance.now() - container.startedMs)}`
}

/** `/health` shows this state, reason and these findings. */
export async function tellsHealth(
  origin: string,
  expected: Pick<Health, "status" | "state" | "reason"> & { readonly findings: readonly string[] },
): Promise<string> {
  const { findings, ...health } = (await (await fetch(`${origin}/health`)).json()) as Health
  const { findings: wanted, ...rest } = expected
  assert.partialDeepStrictEqual(health, { ...rest, engine: "sqlite", durability: "ephemeral" })
  const codes = findings.map(({ code }) => code)
  for (const code of wanted) assert.ok(codes.includes(code), `${code} is not among ${codes.join(", ")}`)
  return codes.join(", ")
}

/** A task that was created can be read. */
export async function keepsTask(origin: string): Promise<string> {
  const body = JSON.stringify({ title: "Water the plants" })
  const headers = { "content-type": "application/json" }
  const created = await fetch(`${origin}/tasks`, { method: "POST", headers, body })
  assert.equal(created.status, 201)
  const task = (await created.json()) as { id: string }
  const read = await fetch(`${origin}/tasks/${task.id}`)
  assert.equal(read.status, 200)
  assert.deepEqual(await read.json(), task)
  return ""
}

/** What the service has written is its user's own, and nobody else can read the database. */
export async function ownsItsFiles(image: Image, container: Container, writable: string): Promise<string> {
  const folder = join(container.root, image.workingFolder, writable)
  const names = await readdir(folder)
  assert.ok(names.some((name) => name.endsWith(".sqlite")))
  for (const name of names) {
    const { uid, mode } = await stat(join(folder, name))
    assert.deepEqual([name, String(uid), mode & 0o077], [name, image.user, 0])
  }
  return names.join(", ")
}

/** The process is the first of its container, has no rights, and its root is read-only. */
export async function isConfined(image: Image, { pid }: Container): Promise<string> {
  const status = await readFile(`/proc/${pid}/status`, "utf8")
  const line = (name: string): string =>
    new RegExp(`^${name}:[ \\t]*(.*)$`, "m").exec(status)?.[1]?.trim() ?? ""
  assert.match(line("NSpid"), /\s1$/)
  assert.equal(line("Uid"), Array(4).fill(image.user).join("\t"))
  assert.equal(line("Groups"), "")
  for (const name of ["CapInh", "CapPrm", "CapEff", "CapBnd"]) assert.match(line(name), /^0+$/)
  const mounts = (await readFile(`/proc/${pid}/mounts`, "utf8")).split("\n").map((each) => each.split(" "))
  const optionsOf = (folder: string): string[] =>
    mounts.find(([, at]) => at === folder)?.[3]?.split(",") ?? []
  assert.ok(optionsOf("/").includes("ro"))
  const peak = line("VmHWM").replace(" kB", "")
  return `process 1, uid ${image.user}, at most ${Math.round(Number(peak) / 1024)} MB of memory so far`
}

/** The image's own health check, run in the container. */
export async function passesItsHealthCheck(image: Image, container: Container): Promise<string> {
  const startMs = performance.now()
  assert.equal(await container.exec(image.healthCheck), 0)
  return seconds(performance.now() - startMs)
}

/** SIGTERM ends it with 0 in the time that hosts give. */
export async function stopsWhenTold(container: Container): Promise<string> {
  const { code, tookMs } = await container.stop()
  assert.equal(code, 0)
  assert.ok(tookMs < STOP_LIMIT_MS, `it took ${seconds(tookMs)}`)
  return seconds(tookMs)
}
