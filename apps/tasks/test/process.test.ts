import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, open, rm } from "node:fs/promises"
import { connect, createServer, type AddressInfo, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { findFreePort } from "understudy-db/testing"
import { afterEach, describe, expect, test } from "vitest"
import { startBackend, type Backend } from "../../../test/support/backend.ts"

const START = fileURLToPath(new URL("../start.js", import.meta.url))
const FAILING = fileURLToPath(new URL("failing-program.ts", import.meta.url))
const children: ChildProcess[] = []

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill("SIGKILL")
    await once(child, "exit")
  }
})

/** Half of a POST: the service waits for the rest of its body. */
async function halfOfPost(backend: Backend): Promise<{ socket: Socket; finish(): Promise<string> }> {
  const body = JSON.stringify({ title: "in flight" })
  const socket = connect(backend.port, "127.0.0.1")
  await once(socket, "connect")
  socket.write(
    "POST /tasks HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nexpect: 100-continue\r\n" +
      `content-length: ${body.length}\r\n\r\n`,
  )
  // The service has the head: it asks for the body.
  await once(socket, "data")
  let answer = ""
  socket.on("data", (chunk: Buffer) => (answer += chunk.toString()))
  return {
    socket,
    async finish() {
      const ended = once(socket, "close")
      socket.write(body)
      await ended
      return answer
    },
  }
}

describe("the process: stopping", () => {
  test("SIGTERM lets what runs finish, takes nothing new, and ends with 0", async () => {
    await using backend = await startBackend()
    await until(async () => (await backend.fetch("/health/ready")).status === 200)
    const post = await halfOfPost(backend)
    const exit = backend.stop("SIGTERM")
    await until(() => refuses(backend.port))
    const answer = await post.finish()
    expect(answer).toMatch(/^HTTP\/1\.1 201 /)
    expect(answer.toLowerCase()).toContain("connection: close")
    expect(await exit).toEqual({ code: 0, signal: null })
  })

  test("a second signal ends it at once", async () => {
    await using backend = await startBackend()
    await until(async () => (await backend.fetch("/health/ready")).status === 200)
    const { socket } = await halfOfPost(backend)
    process.kill(backend.pid, "SIGTERM")
    await until(() => refuses(backend.port))
    expect(await backend.stop("SIGTERM")).toEqual({ code: 143, signal: null })
    socket.destroy()
  })

  test("a signal while it is still loading ends it with 0 too", async () => {
    await using backend = await startBackend()
    expect(await backend.stop("SIGINT")).toEqual({ code: 0, signal: null })
  })
})

describe("promise 1, it starts", () => {
  test("a port that is taken ends it, with its own code, and says so", async () => {
    const holder = createServer().listen(0, "0.0.0.0")
    await once(holder, "listening")
    const { port } = holder.address() as AddressInfo
    const child = run([START], { PORT: String(port), HOST: "0.0.0.0" })
    const [output, code] = await Promise.all([textOf(child), exitOf(child)])
    expect(code).toBe(71)
    expect(output).toContain("UNDERSTUDY_LISTEN")
    expect(output).toContain(`Cannot listen on 0.0.0.0:${port}: another process listens there.`)
    holder.close()
  })

  test.each(["a closed pipe", "a full disk"])("a log that goes to %s does not end it", async (kind) => {
    const folder = await mkdtemp(join(tmpdir(), "understudy-tasks-"))
    const port = await findFreePort()
    const full = kind === "a full disk" ? await open("/dev/full", "w") : null
    const child = run(
      [START],
      { PORT: String(port), HOST: "127.0.0.1", DATABASE_PATH: folder },
      full === null ? "pipe" : full.fd,
    )
    child.stdout?.destroy()
    const ready = (): Promise<boolean> =>
      fetch(`http://127.0.0.1:${port}/health/ready`).then(
        ({ status }) => status === 200,
        () => false,
      )
    await until(ready)
    for (let index = 0; index < 20; index++)
      expect((await fetch(`http://127.0.0.1:${port}/tasks`)).status).toBe(200)
    child.kill("SIGTERM")
    expect(await exitOf(child)).toBe(0)
    await full?.close()
    await rm(folder, { recursive: true })
  })
})

test("promise 1: a log whose reader stalls holds nothing up, not even the end", async () => {
  const port = await findFreePort()
  // Nobody reads the pipe: it is full after 64 KiB, some 400 requests.
  const child = run([START], { PORT: String(port), HOST: "127.0.0.1" })
  const get = (): Promise<number> =>
    fetch(`http://127.0.0.1:${port}/nowhere`).then(
      async (response) => (await response.arrayBuffer(), response.status),
      () => 0,
    )
  await until(async () => (await get()) === 404)
  for (let round = 0; round < 30; round++)
    expect(new Set(await Promise.all(Array.from({ length: 50 }, get)))).toEqual(new Set([404]))
  child.kill("SIGTERM")
  expect(await exitOf(child)).toBe(0)
})

test.each(["1", "level", "database"])(
  "promises 2 and 5: the password %j shows neither as itself nor by what is masked",
  async (password) => {
    const closed = await findFreePort()
    const url = `postgresql://tasks:${password}@127.0.0.1:${closed}/app`
    await using backend = await startBackend({
      env: { DATABASE_URL: url, DATABASE_FALLBACK: "read-write" },
    })
    await until(async () => (await backend.fetch("/health/ready")).status === 200)
    await backend.stop()
    const lines = backend.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { level: number; time: number; msg: string })
    expect(lines.every(({ level, time }) => level >= 10 && time > 1e12)).toBe(true)
    expect(lines.map(({ msg }) => msg)).toContainEqual(
      expect.stringMatching(/^the database is degraded: PostgreSQL at 127\.0\.0\.1:\d+ refused/),
    )
    expect(backend.stdout).not.toContain("***")
    expect(backend.stdout).not.toContain(`:${password}@`)
  },
)

test.each(["throw", "reject"])(
  "promise 5: a program that fails (%s) leaks no secret in its last words",
  async (how) => {
    const child = run([FAILING, how], {})
    const errors: Buffer[] = []
    child.stderr?.on("data", (chunk: Buffer) => errors.push(chunk))
    const [output, code] = await Promise.all([textOf(child), exitOf(child)])
    expect(code).toBe(70)
    expect(output).toContain("could not reach postgresql://u:***@h/d")
    expect(output + Buffer.concat(errors).toString()).not.toContain("canary")
  },
)

function run(args: string[], env: Record<string, string>, stdout: "pipe" | number = "pipe"): ChildProcess {
  const child = spawn(process.execPath, ["--conditions=understudy-source", ...args], {
    env: { DATABASE_URL: "sqlite::memory:", ...env },
    stdio: ["ignore", stdout, "pipe"],
  })
  children.push(child)
  return child
}

async function textOf(child: ChildProcess): Promise<string> {
  let text = ""
  for await (const chunk of child.stdout ?? []) text += String(chunk)
  return text
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit")
  return child.exitCode
}

async function refuses(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1")
  return new Promise((resolve) => {
    socket.once("connect", () => resolve(false)).once("error", () => resolve(true))
  }).finally(() => socket.destroy()) as Promise<boolean>
}

/** Waits until a condition holds; it fails by the test's own time limit. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10))
}
