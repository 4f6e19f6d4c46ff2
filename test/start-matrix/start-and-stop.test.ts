import { once } from "node:events"
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net"
import { describe, expect, it, onTestFinished } from "vitest"
import { startBackend } from "../support/backend.ts"

/** A port that accepts, answers nothing, and tells of each connection. */
async function silentServer(): Promise<{ server: Server; port: number; firstConnection: Promise<unknown> }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on("error", () => {})
  })
  const firstConnection = once(server, "connection")
  server.listen(0, "0.0.0.0")
  await once(server, "listening")
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { server, port: (server.address() as AddressInfo).port, firstConnection }
}

describe("start and stop (serves promise 1: it starts, and a port that cannot be had ends it, clearly)", () => {
  it("ends with a clear word where the port is taken", async () => {
    const { server, port } = await silentServer()
    server.on("connection", (socket: Socket) => socket.end())
    const started = startBackend({ port })
    await expect(started).rejects.toThrow(/ended with 71\n/)
    await expect(started).rejects.toThrow(/another process listens there/)
    await expect(started).rejects.toThrow(/set PORT to another one/)
  })

  it("answers while PostgreSQL is dialled, and ends at once when told to", async () => {
    const { port, firstConnection } = await silentServer()
    await using backend = await startBackend({
      env: {
        DATABASE_URL: `postgresql://tasks:secret@127.0.0.1:${port}/app`,
        DATABASE_CONNECT_TIMEOUT: "60s",
      },
    })
    await firstConnection
    const health = await backend.fetch("/health")
    expect([health.status, await health.json()]).toEqual([
      200,
      expect.objectContaining({ status: "warn", state: "starting", engine: null }),
    ])
    expect((await backend.fetch("/health/ready")).status).toBe(503)
    expect((await backend.fetch("/")).status).toBe(200)
    const stoppedMs = performance.now()
    expect(await backend.stop()).toEqual({ code: 0, signal: null })
    expect(performance.now() - stoppedMs).toBeLessThan(5_000)
  })

  it("lets a request that waits for the database have its answer", async () => {
    const { port } = await silentServer()
    await using backend = await startBackend({
      env: {
        DATABASE_URL: `postgresql://tasks:secret@127.0.0.1:${port}/app`,
        DATABASE_CONNECT_TIMEOUT: "1s",
      },
    })
    const created = await backend.fetch("/tasks", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ title: "Early" }),
    })
    expect([created.status, await created.json()]).toEqual([201, expect.objectContaining({ title: "Early" })])
  })

  it("keeps what was written through a restart, by SIGTERM and by SIGKILL", async () => {
    await using first = await startBackend()
    const create = (backend: { fetch: typeof first.fetch }, title: string): Promise<Response> =>
      backend.fetch("/tasks", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ title }),
      })
    expect((await create(first, "one")).status).toBe(201)
    await first.stop()
    await using second = await startBackend({ cwd: first.cwd })
    expect((await create(second, "two")).status).toBe(201)
    expect(await second.stop("SIGKILL")).toEqual({ code: null, signal: "SIGKILL" })
    await using third = await startBackend({ cwd: first.cwd })
    const listed = await (await third.fetch("/tasks")).text()
    expect([listed.includes('"one"'), listed.includes('"two"')]).toEqual([true, true])
  })

  it("ends at once on a second signal, though a request still runs", async () => {
    await using backend = await startBackend()
    // Before that, what waits at the open port is answered at the first signal.
    const ready = async (): Promise<number> => (await backend.fetch("/health/ready")).status
    await expect.poll(ready, { timeout: 15_000 }).toBe(200)
    const socket = connect(backend.port, "127.0.0.1")
    onTestFinished(() => void socket.destroy())
    socket.on("error", () => {})
    // A request whose body never comes.
    socket.write(
      "POST /tasks HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{",
    )
    await once(socket, "connect")
    await backend.fetch("/health/live")
    const first = backend.stop()
    await expect.poll(() => backend.stdout + backend.stderr).toContain("Stopping")
    const signalledMs = performance.now()
    await backend.stop()
    expect(await first).toEqual({ code: 143, signal: null })
    expect(performance.now() - signalledMs).toBeLessThan(3_000)
  })
})
