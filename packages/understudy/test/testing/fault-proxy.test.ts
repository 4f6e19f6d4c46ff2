import { once } from "node:events"
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net"
import { join } from "node:path"
import { Client } from "pg"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest"
import { startFaultProxy, type FaultProxy } from "../../src/testing/fault-proxy.ts"
import { queryText } from "../../src/testing/postgres-messages.ts"
import { startPostgres, type PostgresServer } from "../../src/testing/postgres-server.ts"

const WAIT = { timeout: 10_000, interval: 5 }

/** What a socket has seen: all bytes, its end, its error's code. */
interface Watched {
  readonly socket: Socket
  text: string
  ended: boolean
  error: string | undefined
}

function watch(socket: Socket): Watched {
  const watched: Watched = { socket, text: "", ended: false, error: undefined }
  socket.on("data", (chunk: Buffer) => (watched.text += chunk.toString("latin1")))
  socket.on("end", () => (watched.ended = true))
  socket.on("error", (error: NodeJS.ErrnoException) => (watched.error = error.code))
  return watched
}

describe("startFaultProxy with plain bytes (serves promise 4: outages can be rehearsed)", () => {
  const accepted: Watched[] = []
  let server: Server
  let proxy: FaultProxy

  const dial = async (): Promise<Watched> => {
    const socket = connect({ port: proxy.port, host: "127.0.0.1", allowHalfOpen: true })
    onTestFinished(() => void socket.destroy())
    const watched = watch(socket)
    await once(socket, "connect")
    return watched
  }
  const dialThrough = async (): Promise<{ client: Watched; target: Watched }> => {
    const before = accepted.length
    const client = await dial()
    await vi.waitFor(() => expect(accepted.length).toBe(before + 1), WAIT)
    const target = accepted[before]
    if (target === undefined) throw new Error("no connection arrived")
    return { client, target }
  }

  beforeEach(async () => {
    server = createServer({ allowHalfOpen: true }, (socket) => accepted.push(watch(socket)))
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    proxy = await startFaultProxy({
      target: { host: "127.0.0.1", port: (server.address() as AddressInfo).port },
    })
  })
  afterEach(async () => {
    await proxy[Symbol.asyncDispose]()
    for (const { socket } of accepted.splice(0)) socket.destroy()
    server.close()
  })

  it("passes bytes and ends both ways, and counts", async () => {
    const { client, target } = await dialThrough()
    client.socket.write("question")
    await vi.waitFor(() => expect(target.text).toBe("question"), WAIT)
    client.socket.end()
    await vi.waitFor(() => expect(target.ended).toBe(true), WAIT)
    expect(client.ended).toBe(false)
    target.socket.end("answer")
    await vi.waitFor(() => expect(client).toMatchObject({ text: "answer", ended: true }), WAIT)
    expect(proxy.accepted).toBe(1)
    await vi.waitFor(() => expect(proxy.connections).toBe(0), WAIT)
  })

  it("passes four megabytes unchanged to a slow reader", async () => {
    const { client, target } = await dialThrough()
    target.socket.pause()
    const block = "0123456789abcdef".repeat(1 << 18)
    client.socket.write(block)
    target.socket.resume()
    await vi.waitFor(() => expect(target.text.length).toBe(block.length), WAIT)
    expect(target.text).toBe(block)
  })

  it("refuses as a closed port does, leaves open connections alone, and listens again", async () => {
    const { client, target } = await dialThrough()
    await proxy.refuse()
    const refused = watch(connect({ port: proxy.port, host: "127.0.0.1" }))
    await vi.waitFor(() => expect(refused.error).toBe("ECONNREFUSED"), WAIT)
    client.socket.write("still here")
    await vi.waitFor(() => expect(target.text).toBe("still here"), WAIT)
    await proxy.pass()
    await dialThrough()
  })

  it("refuses by a reset after accepting", async () => {
    await proxy.refuse("reset")
    const refused = watch(connect({ port: proxy.port, host: "127.0.0.1" }))
    await vi.waitFor(() => expect(refused.error).toBe("ECONNRESET"), WAIT)
    expect(accepted).toHaveLength(0)
    await proxy.pass()
    await dialThrough()
  })

  it("resets both sides", async () => {
    const { client, target } = await dialThrough()
    proxy.reset()
    await vi.waitFor(() => expect([client.error, target.error]).toEqual(["ECONNRESET", "ECONNRESET"]), WAIT)
    await vi.waitFor(() => expect(proxy.connections).toBe(0), WAIT)
  })

  it("closes both sides in order, what was sent before arriving", async () => {
    const { client, target } = await dialThrough()
    client.socket.write("last words")
    await vi.waitFor(() => expect(target.text).toBe("last words"), WAIT)
    proxy.close()
    await vi.waitFor(() => expect([client.ended, target.ended]).toEqual([true, true]), WAIT)
    expect([client.error, target.error]).toEqual([undefined, undefined])
    client.socket.end()
    target.socket.end()
    await vi.waitFor(() => expect(proxy.connections).toBe(0), WAIT)
  })

  it("passes a reset of either side on to the other", async () => {
    const first = await dialThrough()
    first.client.socket.resetAndDestroy()
    await vi.waitFor(() => expect(first.target.error).toBe("ECONNRESET"), WAIT)
    const second = await dialThrough()
    second.target.socket.resetAndDestroy()
    await vi.waitFor(() => expect(second.client.error).toBe("ECONNRESET"), WAIT)
  })

  it("resets the client when the server is down", async () => {
    server.close()
    const client = await dial()
    await vi.waitFor(() => expect(client.error).toBe("ECONNRESET"), WAIT)
  })

  it("swallows both ways, also for new connections, and lets flow what waited", async () => {
    const { client, target } = await dialThrough()
    proxy.blackHole()
    client.socket.write("into the void")
    target.socket.write("nor back")
    const late = await dial()
    late.socket.write("late")
    // Three round trips elsewhere are time enough for bytes that would come through.
    await using other = await startFaultProxy({
      target: { host: "127.0.0.1", port: (server.address() as AddressInfo).port },
    })
    for (let trip = 0; trip < 3; trip++) {
      const count = accepted.length
      watch(connect({ port: other.port, host: "127.0.0.1" }))
      await vi.waitFor(() => expect(accepted.length).toBe(count + 1), WAIT)
    }
    expect([client.text, target.text, proxy.connections]).toEqual(["", "", 2])
    // A client that gives up is not noticed behind a black hole.
    client.socket.end()
    await proxy.pass()
    await vi.waitFor(() => expect(target).toMatchObject({ text: "into the void", ended: true }), WAIT)
    await vi.waitFor(() => expect(client.text).toBe("nor back"), WAIT)
    await vi.waitFor(() => expect(accepted.some(({ text }) => text === "late")).toBe(true), WAIT)
  })

  it("swallows one way only", async () => {
    const { client, target } = await dialThrough()
    proxy.blackHole("toClient")
    client.socket.write("question")
    await vi.waitFor(() => expect(target.text).toBe("question"), WAIT)
    target.socket.write("answer")
    client.socket.write("again")
    await vi.waitFor(() => expect(target.text).toBe("questionagain"), WAIT)
    expect(client.text).toBe("")
    await proxy.pass()
    await vi.waitFor(() => expect(client.text).toBe("answer"), WAIT)
  })

  it("delays, in order", async () => {
    const { client, target } = await dialThrough()
    proxy.delay(150)
    const sentMs = performance.now()
    client.socket.write("a")
    client.socket.end("b")
    await vi.waitFor(() => expect(target).toMatchObject({ text: "ab", ended: true }), WAIT)
    expect(performance.now() - sentMs).toBeGreaterThanOrEqual(145)
  })

  it.each([
    ["reset", { error: "ECONNRESET" }],
    ["close", { ended: true, text: "12345" }],
  ] as const)("cuts after a number of bytes: %s", async (then, seen) => {
    const { client, target } = await dialThrough()
    proxy.limitBytes("toServer", 5, then)
    client.socket.write("123")
    await vi.waitFor(() => expect(target.text).toBe("123"), WAIT)
    client.socket.write("456789")
    await vi.waitFor(() => expect(target).toMatchObject(seen), WAIT)
    expect(target.text.startsWith("1234567")).toBe(false)
  })

  it("falls silent after a number of bytes, counted anew for each connection, and goes on after it", async () => {
    proxy.limitBytes("toClient", 2, "blackHole")
    const { client, target } = await dialThrough()
    target.socket.write("abcdef")
    await vi.waitFor(() => expect(client.text).toBe("ab"), WAIT)
    const second = await dialThrough()
    second.target.socket.write("xyz")
    await vi.waitFor(() => expect(second.client.text).toBe("xy"), WAIT)
    await proxy.pass()
    await vi.waitFor(() => expect([client.text, second.client.text]).toEqual(["abcdef", "xyz"]), WAIT)
  })
})

describe("startFaultProxy before PostgreSQL (serves promise 4: a commit is cut exactly where it hurts)", () => {
  let postgres: PostgresServer
  let proxy: FaultProxy

  const open = async (): Promise<Client> => {
    const client = new Client({ connectionString: proxy.url(postgres.url) })
    client.on("error", () => {})
    await client.connect()
    onTestFinished(() => void client.end().catch(() => {}))
    return client
  }
  /** Inserts `id` in a transaction of its own; tells the error's message, if there is one. */
  const write = async (client: Client, id: number): Promise<string | undefined> => {
    try {
      await client.query("begin")
      await client.query("insert into cut (id) values ($1)", [id])
      await client.query("commit")
      return undefined
    } catch (error) {
      return (error as Error).message
    }
  }
  const isStored = async (id: number): Promise<boolean> => {
    const client = new Client({ connectionString: postgres.url })
    await client.connect()
    const { rowCount } = await client.query("select from cut where id = $1", [id])
    await client.end()
    return rowCount === 1
  }
  const isCommit = (type: string, payload: Buffer): boolean => queryText({ type, payload }) === "commit"
  /** CommandComplete for COMMIT. */
  const isCommitted = (type: string, payload: Buffer): boolean =>
    type === "C" && payload.toString("latin1") === "COMMIT\0"

  beforeAll(async () => {
    postgres = await startPostgres()
    proxy = await startFaultProxy({ target: { host: "127.0.0.1", port: postgres.port } })
    const client = new Client({ connectionString: postgres.url })
    await client.connect()
    await client.query("create table cut (id int primary key)")
    await client.end()
  })
  afterEach(() => proxy.pass())
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]()
    await postgres[Symbol.asyncDispose]()
  })

  it("shows every message with its type, from the startup on", async () => {
    const sent: string[] = []
    const answered: string[] = []
    proxy.onClientMessage((type) => (sent.push(type), "pass"))
    proxy.onServerMessage((type) => (answered.push(type), "pass"))
    const client = await open()
    await client.query("select 1")
    await client.query("select $1::int", [1])
    await client.end()
    expect(sent).toEqual(["startup", "p", "p", "Q", "P", "B", "D", "E", "S", "X"])
    expect(answered.slice(0, 4)).toEqual(["R", "R", "R", "R"])
    expect(answered.slice(-6)).toEqual(["1", "2", "T", "D", "C", "Z"])
  })

  it("is refused TLS by the server without losing count of the messages", async () => {
    const answered: string[] = []
    proxy.onServerMessage((type) => (answered.push(type), "pass"))
    const client = new Client({ connectionString: proxy.url(postgres.url), ssl: true })
    client.on("error", () => {})
    await expect(client.connect()).rejects.toThrow("does not support SSL")
    expect(answered).toEqual(["negotiation"])
  })

  it.each(["reset", "close"] as const)("cuts before COMMIT arrives (%s): not applied", async (how) => {
    const id = how === "reset" ? 1 : 2
    const client = await open()
    proxy.onClientMessage((type, payload) => (isCommit(type, payload) ? how : "pass"))
    expect(await write(client, id)).toBeTypeOf("string")
    await vi.waitFor(() => expect(proxy.connections).toBe(0), WAIT)
    expect(await isStored(id)).toBe(false)
  })

  it.each(["reset", "close"] as const)("cuts the server's answer to COMMIT (%s): applied", async (how) => {
    const id = how === "reset" ? 3 : 4
    const client = await open()
    proxy.onServerMessage((type, payload) => (isCommitted(type, payload) ? how : "pass"))
    expect(await write(client, id)).toBeTypeOf("string")
    expect(await isStored(id)).toBe(true)
  })

  it("swallows the server's answer to COMMIT while the connection stays", async () => {
    const client = await open()
    proxy.onServerMessage((type, payload) => (isCommitted(type, payload) ? "blackHole" : "pass"))
    let answer: string | undefined = "none"
    const written = write(client, 5).then((message) => (answer = message))
    await vi.waitFor(async () => expect(await isStored(5)).toBe(true), WAIT)
    expect(answer).toBe("none")
    proxy.reset()
    await written
    expect(answer).toMatch(/ECONNRESET|terminated/)
  })

  it("lets COMMIT through and cuts right after it", async () => {
    const client = await open()
    proxy.onClientMessage((type, payload, connection) => {
      if (isCommit(type, payload)) connection.blackHole("toClient")
      return "pass"
    })
    const written = write(client, 6)
    await vi.waitFor(async () => expect(await isStored(6)).toBe(true), WAIT)
    proxy.reset()
    expect(await written).toBeTypeOf("string")
  })

  it("holds COMMIT until it is released", async () => {
    const client = await open()
    const held = Promise.withResolvers<() => void>()
    proxy.onClientMessage((type, payload, connection) => {
      if (!isCommit(type, payload)) return "pass"
      held.resolve(() => connection.release())
      return "hold"
    })
    const written = write(client, 7)
    const release = await held.promise
    expect(await isStored(7)).toBe(false)
    release()
    expect(await written).toBeUndefined()
    expect(await isStored(7)).toBe(true)
  })

  it("drops a single message", async () => {
    const client = await open()
    let notices = 0
    client.on("notice", () => (notices += 1))
    proxy.onServerMessage((type) => (type === "N" ? "drop" : "pass"))
    await client.query("do $$ begin raise notice 'x'; end $$")
    await proxy.pass()
    expect(notices).toBe(0)
    await client.query("do $$ begin raise notice 'x'; end $$")
    expect(notices).toBe(1)
  })

  it("passes a result larger than its buffers, and what follows it", async () => {
    const client = await open()
    const { rows } = await client.query("select repeat('x', 5000000) as big from generate_series(1, 2)")
    expect(rows.map(({ big }) => big.length)).toEqual([5_000_000, 5_000_000])
    expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }])
  })

  it("stands before a Unix socket too", async () => {
    await using local = await startFaultProxy({
      target: { path: join(postgres.socketFolder, `.s.PGSQL.${postgres.port}`) },
    })
    const client = new Client({ connectionString: local.url(postgres.url) })
    client.on("error", () => {})
    await client.connect()
    expect((await client.query("select inet_server_addr() as address")).rows).toEqual([{ address: null }])
    const lost = client.query("select pg_sleep(60)").then(
      () => "answered",
      () => "lost",
    )
    local.reset()
    expect(await lost).toBe("lost")
  })
})
