import { startFaultProxy, type FaultProxy } from "./fault-proxy.ts"
import { startPostgres, type PostgresServer } from "./postgres-server.ts"

/**
 * How a primary breaks. `refuse`: its connections end, and it takes no new ones, as when nothing listens. `reset`: each
 * connection is reset, those that come too. `silence`: connections stay and nothing answers, as behind a lost network.
 * `slow`: each message arrives {@link BreakablePrimaryOptions.slowMs} later. `kill`: the server is killed. `restart`: it is
 * stopped and started again; there is nothing to heal.
 */
export type PrimaryFault = "refuse" | "reset" | "silence" | "slow" | "kill" | "restart"

/** What {@link startBreakablePrimary} takes. */
export interface BreakablePrimaryOptions {
  /** The server to stand before; `kill` and `restart` are for all who use it. Default: one of its own, which ends with it. */
  readonly server?: PostgresServer
  /** How late a message is in `slow`, each way. Default: 200. */
  readonly slowMs?: number
}

/** A real PostgreSQL that breaks on demand. Its functions need no `this`. Disposing it removes its database. */
export interface BreakablePrimary extends AsyncDisposable {
  /** A database of its own, by way of what breaks: what the program under test is given. */
  readonly url: string
  /** The same database past all faults but `kill`: to see what is in PostgreSQL, or to write there as somebody else. */
  readonly directUrl: string
  readonly server: PostgresServer
  readonly proxy: FaultProxy
  /** Breaks it; resolves once it is broken. An earlier fault is healed first. */
  readonly breakPrimary: (kind: PrimaryFault) => Promise<void>
  /** Ends every fault; resolves once it takes connections. */
  readonly healPrimary: () => Promise<void>
}

const SLOW_MS = 200

/**
 * Starts a real PostgreSQL server behind a proxy, so that a test rehearses an outage.
 * @throws `UNDERSTUDY_TEST_SERVER` when PostgreSQL is not installed or does not start.
 */
export async function startBreakablePrimary({
  server: given,
  slowMs = SLOW_MS,
}: BreakablePrimaryOptions = {}): Promise<BreakablePrimary> {
  await using started = new AsyncDisposableStack()
  const server = given ?? started.use(await startPostgres())
  const database = await server.createDatabase()
  started.defer(async () => {
    await server.start()
    await database[Symbol.asyncDispose]()
  })
  const proxy = started.use(await startFaultProxy({ target: { host: "127.0.0.1", port: server.port } }))
  const healPrimary = async (): Promise<void> => {
    await server.start()
    await proxy.pass()
  }
  const parts = started.move()
  return {
    url: proxy.url(database.url),
    directUrl: database.url,
    server,
    proxy,
    healPrimary,
    async breakPrimary(kind) {
      await healPrimary()
      await BREAKS[kind](proxy, server, slowMs)
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}

type Break = (proxy: FaultProxy, server: PostgresServer, slowMs: number) => Promise<void> | void

const BREAKS: Readonly<Record<PrimaryFault, Break>> = {
  async refuse(proxy) {
    await proxy.refuse()
    proxy.close()
  },
  async reset(proxy) {
    await proxy.refuse("reset")
    proxy.reset()
  },
  silence: (proxy) => proxy.blackHole(),
  slow: (proxy, _server, slowMs) => proxy.delay(slowMs),
  kill: (_proxy, server) => server.kill(),
  async restart(_proxy, server) {
    await server.stop()
    await server.start()
  },
}
