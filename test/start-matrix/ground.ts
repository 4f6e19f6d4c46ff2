import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { createServer, type AddressInfo, type Server, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Client } from "pg"
import { findFreePort, startPostgres, type PostgresServer } from "understudy-db/testing"
import { reachableCheckout, type ReachableCheckout } from "../support/reachable-checkout.ts"
import type { Fixture, Placeholder, StartEnvironment } from "./start-environment.ts"

/** An ordinary account; it need not have a name. */
const ORDINARY_UID = 1000

const word = (): string => randomBytes(9).toString("hex")

/** The password that must turn up nowhere. Its pieces are looked for one by one: half a leak is one. */
export interface Canary {
  readonly raw: string
  readonly word: string
  /** Every text to look for. */
  readonly forms: readonly string[]
}

function createCanary(): Canary {
  const [first, second, third] = [word(), word(), word()]
  // Signs that people forget to encode, and that end a careless masking.
  const raw = `${first}#@${second}/?${third}`
  const alone = word()
  return {
    raw,
    word: alone,
    forms: [first, second, third, alone, ...[raw, alone].map((text) => Buffer.from(text).toString("base64"))],
  }
}

/** What the rows of the matrix stand on: a real PostgreSQL, and ports that misbehave. */
export interface Ground extends AsyncDisposable {
  readonly canary: Canary
  readonly checkout: ReachableCheckout
  /** A new, empty database of the role `tasks`. */
  createDatabase(): Promise<string>
  /** A folder for one row, with its fixtures. */
  createHome(row: StartEnvironment): Promise<Home>
  /** The row's variables with their places filled in. */
  fill(env: Readonly<Record<string, string>>, home: string, database: string): Record<string, string>
}

/** The folder of one row. */
export interface Home extends AsyncDisposable {
  readonly folder: string
  /** The account to run as; undefined: our own. */
  readonly uid: number | undefined
}

async function listen(onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => {})
    onConnection(socket)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return server
}

const addressOf = (server: Server): string => `127.0.0.1:${(server.address() as AddressInfo).port}`

async function asAdmin(postgres: PostgresServer, statement: string): Promise<void> {
  const client = new Client({ connectionString: postgres.adminUrl })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

async function putFixture(folder: string, fixture: Fixture, uid: number | undefined): Promise<void> {
  const path = join(folder, fixture.path)
  if (typeof fixture.kind === "object") await writeFile(path, fixture.kind.text)
  else await mkdir(path)
  if (fixture.kind === "sealed-folder") await chmod(path, 0o555)
  else if (uid !== undefined) await chown(path, uid, uid)
}

/** Starts what the rows need. */
export async function createGround(): Promise<Ground> {
  const canary = createCanary()
  const sockets = new Set<Socket>()
  const silent = await listen((socket) => {
    sockets.add(socket)
    socket.on("close", () => sockets.delete(socket))
  })
  const http = await listen((socket) =>
    socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n")),
  )
  const slamming = await listen((socket) => socket.end())
  const closedPort = await findFreePort()
  const postgres = await startPostgres()
  await asAdmin(postgres, `CREATE ROLE tasks LOGIN PASSWORD '${canary.raw}'`)
  const checkout = await reachableCheckout()
  let databases = 0

  const fixed: Partial<Record<Placeholder, string>> = {
    canary: encodeURIComponent(canary.raw),
    "raw-canary": canary.raw,
    "word-canary": canary.word,
    server: `127.0.0.1:${postgres.port}`,
    "server-port": String(postgres.port),
    "socket-folder": encodeURIComponent(postgres.socketFolder),
    closed: `127.0.0.1:${closedPort}`,
    silent: addressOf(silent),
    http: addressOf(http),
    slamming: addressOf(slamming),
  }

  return {
    canary,
    checkout,
    async createDatabase() {
      const name = `tasks_${++databases}`
      await asAdmin(postgres, `CREATE DATABASE ${name} OWNER tasks`)
      return name
    },
    async createHome(row) {
      const uid = row.unprivileged === true ? ORDINARY_UID : undefined
      const folder = await mkdtemp(join(tmpdir(), "understudy-start-"))
      await chmod(folder, 0o755)
      if (uid !== undefined) await chown(folder, uid, uid)
      for (const fixture of row.fixtures ?? []) await putFixture(folder, fixture, uid)
      return { folder, uid, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
    },
    fill(env, home, database) {
      const places: Partial<Record<string, string>> = { ...fixed, home, database }
      const fillText = (text: string): string =>
        text.replaceAll(/\{([a-z-]+)\}/g, (place, name: string) => places[name] ?? place)
      return Object.fromEntries(Object.entries(env).map(([name, text]) => [name, fillText(text)]))
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      for (const server of [silent, http, slamming]) server.close()
      await postgres[Symbol.asyncDispose]()
      await checkout[Symbol.asyncDispose]()
    },
  }
}

/** Where the row's program starts. */
export function workingFolder(row: StartEnvironment, home: Home): string {
  return row.cwd === undefined ? home.folder : join(home.folder, row.cwd)
}
