import { spawn } from "node:child_process"
import { once } from "node:events"
import { chmod, chown, mkdir, truncate, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import type { Fixture } from "./start-environment.ts"

const HOLDER = join(import.meta.dirname, "hold-database.ts")

/** A valid database of another program: 200 rows fill some pages. */
function makeForeign(path: string, statement: string): void {
  const database = new DatabaseSync(path)
  try {
    database.exec(`
      ${statement};
      WITH RECURSIVE count (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < 200)
      INSERT INTO ${/TABLE (\w+)/.exec(statement)?.[1] ?? ""} SELECT n, 'Somebody ' || n || hex(zeroblob(40)) FROM count;
    `)
  } finally {
    database.close()
  }
}

const FOREIGN_TABLE = "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT)"
/** A table of our own's name, and nothing of its kind. */
const CLASHING_TABLE = "CREATE TABLE tasks (number INTEGER PRIMARY KEY, label TEXT)"

/** A process of its own that holds the file, until it is ended. */
async function hold(path: string, how: "owner" | "exclusive"): Promise<AsyncDisposable> {
  const child = spawn(process.execPath, ["--conditions=understudy-source", HOLDER, how, path], {
    stdio: ["pipe", "pipe", "inherit"],
  })
  const ended = once(child, "exit")
  await Promise.race([once(child.stdout, "data"), ended])
  if (child.exitCode !== null) throw new Error(`the holder of ${path} ended with ${child.exitCode}`)
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL")
      await ended
    },
  }
}

/** Puts something into a row's folder. What it gives back ends with the row. */
export async function putFixture(
  folder: string,
  { path: name, kind }: Fixture,
  uid: number | undefined,
  fill: (text: string) => Promise<string>,
): Promise<AsyncDisposable | undefined> {
  const path = join(folder, name)
  await mkdir(dirname(path), { recursive: true })
  let held: AsyncDisposable | undefined
  if (typeof kind === "object") await writeFile(path, await fill(kind.text))
  else {
    switch (kind) {
      case "folder":
      case "sealed-folder":
        await mkdir(path)
        break
      case "foreign-database":
        makeForeign(path, FOREIGN_TABLE)
        break
      case "clashing-database":
        makeForeign(path, CLASHING_TABLE)
        break
      case "cut-database":
        makeForeign(path, FOREIGN_TABLE)
        await truncate(path, 4096 + 1000)
        break
      case "locked-database":
        makeForeign(path, FOREIGN_TABLE)
        held = await hold(path, "exclusive")
        break
      case "owned-database":
        makeForeign(path, FOREIGN_TABLE)
        held = await hold(path, "owner")
        break
      default:
        kind satisfies never
    }
  }
  if (kind === "sealed-folder") await chmod(path, 0o555)
  else if (uid !== undefined) await chown(path, uid, uid)
  return held
}
