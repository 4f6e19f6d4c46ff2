import { spawn } from "node:child_process"
import { once } from "node:events"
import { accessSync, constants } from "node:fs"
import { chmod, chown, mkdtemp, writeFile } from "node:fs/promises"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { findFreePort, type PostgresServer } from "understudy-db/testing"
import { serverAccount } from "../../packages/understudy/src/testing/postgres-binaries.ts"
import { startWatchdog } from "../../packages/understudy/src/testing/process-watchdog.ts"

/** When a server connection goes back to the pool: after each transaction, or at the end of the client's session. */
export type PoolMode = "transaction" | "session"

/** A real pgbouncer before a real server. Disposing it ends it. */
export interface Pgbouncer extends AsyncDisposable {
  readonly port: number
  /** The server's URL, led through the pooler. */
  through(url: string): string
}

const READY_LIMIT_MS = 10_000

/** Where pgbouncer is; undefined where it is not installed, and why tests are skipped then. */
export function findPgbouncer(): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/bin"]
  return folders.map((folder) => join(folder, "pgbouncer")).find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Whom a pooler lets in. */
export interface PoolerUser {
  readonly user: string
  readonly password: string
}

/** Starts pgbouncer before the server. `users`: default those of the server's own URLs. */
export async function startPgbouncer(
  server: PostgresServer,
  mode: PoolMode,
  settings: Readonly<Record<string, string>> = {},
  users: readonly PoolerUser[] = [server.url, server.adminUrl].map(userOf),
): Promise<Pgbouncer> {
  const program = findPgbouncer()
  if (program === undefined) throw new Error("pgbouncer is not installed")
  const account = await serverAccount()
  const folder = await mkdtemp(join(tmpdir(), "understudy-pgbouncer-"))
  const watchdog = startWatchdog(folder)
  const port = await findFreePort()
  const files = {
    "users.txt": users
      .map(({ user, password }) => `"${user}" "${password.replaceAll('"', '""')}"`)
      .join("\n"),
    "pgbouncer.ini": [
      "[databases]",
      `* = host=127.0.0.1 port=${server.port}`,
      "[pgbouncer]",
      ...Object.entries({
        listen_addr: "127.0.0.1",
        listen_port: String(port),
        unix_socket_dir: "",
        auth_type: "scram-sha-256",
        auth_file: join(folder, "users.txt"),
        pool_mode: mode,
        // A server connection of the test before must not keep its database from being dropped for long.
        server_idle_timeout: "1",
        ...settings,
      }).map(([name, value]) => `${name} = ${value}`),
      "",
    ].join("\n"),
  }
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text, { mode: 0o600 })
    if (account !== undefined) await chown(join(folder, name), account.uid, account.gid)
  }
  await chmod(folder, 0o755)
  const child = spawn(program, [join(folder, "pgbouncer.ini")], {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
    ...account,
  })
  let log = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log = (log + text).slice(-10_000)))
  const exited = once(child, "exit")
  watchdog.guard(child.pid ?? null)
  const dispose = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL")
    await exited
    watchdog.guard(null)
    await watchdog[Symbol.asyncDispose]()
  }
  const deadlineMs = performance.now() + READY_LIMIT_MS
  while (!(await accepts(port))) {
    if (child.exitCode === null && performance.now() < deadlineMs) continue
    await dispose()
    throw new Error(`pgbouncer does not listen:\n${log}`)
  }
  return {
    port,
    through(url) {
      const changed = new URL(url)
      changed.port = String(port)
      return changed.href
    },
    [Symbol.asyncDispose]: dispose,
  }
}

function userOf(url: string): PoolerUser {
  const { username, password } = new URL(url)
  return { user: decodeURIComponent(username), password: decodeURIComponent(password) }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1")
    socket.on("connect", () => socket.end(() => resolve(true)))
    socket.on("error", () => setTimeout(() => resolve(false), 20))
  })
}
