import { execFile } from "node:child_process"
import { chmod, mkdtemp, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join, relative } from "node:path"
import { promisify } from "node:util"

const run = promisify(execFile)

/** The root of this checkout. */
export const CHECKOUT: string = join(import.meta.dirname, "../..")

const NEEDED = ["package.json", "node_modules", "packages", "apps"]

/** May everybody go through this folder and all above it? */
async function isOpenToAll(folder: string): Promise<boolean> {
  if (((await stat(folder)).mode & 0o005) !== 0o005) return false
  return dirname(folder) === folder || isOpenToAll(dirname(folder))
}

/** A checkout that another account can run, and how to be rid of it. */
export interface ReachableCheckout extends AsyncDisposable {
  readonly root: string
  /** The same file as seen by that account. */
  locate(file: string): string
}

/**
 * This checkout if everybody can read it; else, as in a clone below a folder of root's own, a copy by hard links in
 * the temporary folder.
 */
export async function reachableCheckout(): Promise<ReachableCheckout> {
  if (await isOpenToAll(CHECKOUT)) {
    return { root: CHECKOUT, locate: (file) => file, [Symbol.asyncDispose]: async () => {} }
  }
  const root = await mkdtemp(join(tmpdir(), "understudy-checkout-"))
  await chmod(root, 0o755)
  for (const name of NEEDED) {
    await run("cp", ["-RPpl", join(CHECKOUT, name), root]).catch(() =>
      run("cp", ["-RPp", join(CHECKOUT, name), root]),
    )
  }
  return {
    root,
    locate: (file) => (file.startsWith(`${CHECKOUT}/`) ? join(root, relative(CHECKOUT, file)) : file),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}
