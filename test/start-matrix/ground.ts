import { randomBytes } from "node:crypto"
import { chmod, chown, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { findFreePort, startPostgres } from "understudy-db/testing"
import { reachableCheckout, type ReachableCheckout } from "../support/reachable-checkout.ts"
import { putFixture } from "./fixtures.ts"
import { LISTENERS, startListener } from "./listeners.ts"
import { asAdmin, createRole, SERVERS } from "./servers.ts"
import type { Placeholder, StartEnvironment } from "./start-environment.ts"
import { SECURED_SERVERS } from "./tls-servers.ts"

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
  /** A folder for one row, with its fixtures. */
  createHome(row: StartEnvironment): Promise<Home>
}

/** The folder of one row. */
export interface Home extends AsyncDisposable {
  readonly folder: string
  /** The account to run as; undefined: our own. */
  readonly uid: number | undefined
  /** The row's variables with their places filled in. */
  readonly env: Readonly<Record<string, string>>
}

/** What one place of a value is filled with. */
type Filling = string | (() => Promise<string>)

const atLoopback = async (started: Promise<{ readonly port: number }>): Promise<string> =>
  `127.0.0.1:${(await started).port}`

/** Starts what all rows need; the rest is started when the first row asks for it, and ends with the ground. */
export async function createGround(): Promise<Ground> {
  const canary = createCanary()
  await using starting = new AsyncDisposableStack()
  const postgres = starting.use(await startPostgres())
  await createRole(postgres, canary.raw)
  const checkout = starting.use(await reachableCheckout())
  const [closedPort, closedPort6] = [await findFreePort(), await findFreePort()]
  const owned = starting.move()
  let databases = 0

  const once = (start: () => Promise<AsyncDisposable & { readonly port: number }>): Filling => {
    let started: Promise<string> | undefined
    return () => (started ??= atLoopback(start().then((each) => owned.use(each))))
  }
  const fixed: Readonly<Record<string, Filling>> = {
    canary: encodeURIComponent(canary.raw),
    "raw-canary": canary.raw,
    "word-canary": canary.word,
    server: `127.0.0.1:${postgres.port}`,
    "server-port": String(postgres.port),
    "socket-folder": encodeURIComponent(postgres.socketFolder),
    closed: `127.0.0.1:${closedPort}`,
    "closed-port": String(closedPort),
    "closed-ipv6": `[::1]:${closedPort6}`,
    ...Object.fromEntries(LISTENERS.map((name) => [name, once(() => startListener(name))])),
    ...Object.fromEntries(
      Object.entries({ ...SERVERS, ...SECURED_SERVERS }).map(([name, start]) => [
        name,
        once(() => start(canary.raw)),
      ]),
    ),
  } satisfies Partial<Record<Placeholder, Filling>>

  async function createDatabase(): Promise<string> {
    const name = `tasks_${++databases}`
    await asAdmin(postgres, `CREATE DATABASE ${name} OWNER tasks`)
    return name
  }

  async function fillText(text: string, own: Readonly<Record<string, Filling>>): Promise<string> {
    const names = new Set([...text.matchAll(/\{([a-z0-9-]+)\}/g)].map(([, name = ""]) => name))
    let filled = text
    for (const name of names) {
      const filling = own[name] ?? fixed[name]
      if (filling === undefined) continue
      const value = typeof filling === "string" ? filling : await filling()
      filled = filled.replaceAll(`{${name}}`, () => value)
    }
    return filled
  }

  return {
    canary,
    checkout,
    async createHome(row) {
      const uid = row.unprivileged === true ? ORDINARY_UID : undefined
      await using made = new AsyncDisposableStack()
      const folder = await mkdtemp(join(tmpdir(), "understudy-start-"))
      made.defer(() => rm(folder, { recursive: true, force: true }))
      await chmod(folder, 0o755)
      if (uid !== undefined) await chown(folder, uid, uid)
      let database: Promise<string> | undefined
      const own = { home: folder, database: () => (database ??= createDatabase()) }
      for (const fixture of row.fixtures ?? []) {
        made.use(await putFixture(folder, fixture, uid, (text) => fillText(text, own)))
      }
      const env: Record<string, string> = {}
      for (const [name, text] of Object.entries(row.env)) env[name] = await fillText(text, own)
      const all = made.move()
      return { folder, uid, env, [Symbol.asyncDispose]: () => all.disposeAsync() }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Where the row's program starts. */
export function workingFolder(row: StartEnvironment, home: Home): string {
  return row.cwd === undefined ? home.folder : join(home.folder, row.cwd)
}
