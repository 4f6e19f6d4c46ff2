import { execFile, spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { chmod, chown, lstat, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { UnderstudyError } from "../errors/understudy-error.ts"
import type { PostgresBinaries, ServerAccount } from "./postgres-binaries.ts"

const run = promisify(execFile)

/** Raise it when what a template holds changes. */
const FORMAT = 1

/** The database that a new server holds, owned by {@link APP_USER}. */
export const APP_DATABASE = "app"
/** An ordinary role, as an application has it. */
export const APP_USER = "app"
/** The superuser. */
export const ADMIN_USER = "postgres"

/** A data folder made once and copied for each server. */
export interface ServerTemplate {
  readonly folder: string
  /** The password of both roles. */
  readonly password: string
}

function fail(detail: string, cause?: unknown): UnderstudyError {
  const instead = `Look into the message; remove ${tmpdir()}/understudy-postgres-* if it persists.`
  return new UnderstudyError("UNDERSTUDY_TEST_SERVER", { detail, instead }, { cause })
}

/** Runs statements without a server. */
async function runSingleUser(
  binaries: PostgresBinaries,
  data: string,
  account: ServerAccount | undefined,
  statements: readonly string[],
): Promise<void> {
  const child = spawn(binaries.postgres, ["--single", "-F", "-D", data, "template1"], {
    ...account,
    cwd: data,
    env: {},
    stdio: ["pipe", "ignore", "pipe"],
  })
  let stderr = ""
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()))
  child.stdin.end(statements.map((statement) => `${statement};\n`).join(""))
  const [code] = (await once(child, "close")) as [number | null]
  if (code !== 0 || /ERROR:|FATAL:/.test(stderr)) throw fail(`the template was not made: ${stderr.trim()}`)
}

/** ICU's order differs from byte order, as on the servers that people have: what depends on it shows in tests. */
function localeOptions(major: number): string[] {
  const icu = major >= 15 ? ["--locale-provider=icu", "--icu-locale=en-US"] : []
  return ["--encoding=UTF8", "--locale=C", ...icu]
}

async function make(
  binaries: PostgresBinaries,
  account: ServerAccount | undefined,
  folder: string,
): Promise<void> {
  const making = await mkdtemp(`${folder}-making-`)
  try {
    const password = randomBytes(18).toString("base64url")
    const passwordFile = join(making, "password")
    const data = join(making, "data")
    await writeFile(passwordFile, password, { mode: 0o600 })
    if (account !== undefined) {
      await chown(making, account.uid, account.gid)
      await chown(passwordFile, account.uid, account.gid)
    }
    const options = ["-D", data, "-U", ADMIN_USER, `--pwfile=${passwordFile}`, "--auth=scram-sha-256"]
    const lean = ["--no-sync", "--no-instructions", "--wal-segsize=1"]
    await run(binaries.initdb, [...options, ...localeOptions(binaries.major), ...lean], {
      ...account,
      cwd: making,
      env: {},
    }).catch((error: unknown) => {
      throw fail(`initdb failed: ${(error as { stderr?: string }).stderr?.trim() ?? String(error)}`, error)
    })
    await runSingleUser(binaries, data, account, [
      `CREATE ROLE ${APP_USER} LOGIN PASSWORD '${password}'`,
      `ALTER DATABASE postgres RENAME TO ${APP_DATABASE}`,
      `ALTER DATABASE ${APP_DATABASE} OWNER TO ${APP_USER}`,
    ])
    await rename(making, folder).catch((error: NodeJS.ErrnoException) => {
      // Another worker was faster: its template is as good as ours.
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error
    })
  } finally {
    await rm(making, { recursive: true, force: true })
  }
}

/** Reads a template that is there; undefined: there is none. A folder of somebody else is not trusted. */
async function read(folder: string, account: ServerAccount | undefined): Promise<ServerTemplate | undefined> {
  const found = await lstat(folder).catch(() => undefined)
  if (found === undefined) return undefined
  if (!found.isDirectory() || found.uid !== (account?.uid ?? process.getuid?.() ?? found.uid)) {
    throw fail(`${folder} belongs to somebody else`)
  }
  return { folder, password: await readFile(join(folder, "password"), "utf8") }
}

/**
 * The template for these binaries and this account, from the temporary folder, made when it is not there. Safe for
 * several processes at once: each makes its own, and the first that is ready is renamed to its place.
 * @throws `UNDERSTUDY_TEST_SERVER` when it cannot be made.
 */
export async function serverTemplate(
  binaries: PostgresBinaries,
  account: ServerAccount | undefined,
): Promise<ServerTemplate> {
  const uid = account?.uid ?? process.getuid?.() ?? 0
  const folder = join(tmpdir(), `understudy-postgres-${binaries.version}-${FORMAT}-${uid}`)
  const there = await read(folder, account)
  if (there !== undefined) return there
  await make(binaries, account, folder)
  const made = await read(folder, account)
  if (made === undefined) throw fail(`${folder} vanished`)
  return made
}

/** Takes a damaged template out of use. */
export async function discardTemplate(template: ServerTemplate): Promise<void> {
  const discarded = await mkdtemp(`${template.folder}-discarded-`)
  await rename(template.folder, join(discarded, "template")).catch(() => {})
  await rm(discarded, { recursive: true, force: true })
}

/** Makes a server's data folder: a copy of the template's, by reflink where the file system can. */
export async function copyTemplate(
  template: ServerTemplate,
  data: string,
  account: ServerAccount | undefined,
): Promise<void> {
  await run("cp", ["-Rp", join(template.folder, "data"), data], { ...account, cwd: "/" }).catch(
    (error: unknown) => {
      throw fail(`the template could not be copied: ${String(error)}`, error)
    },
  )
  await chmod(data, 0o700)
}
