import { execFile } from "node:child_process"
import { chmod, lstat, mkdtemp, rename, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { promisify } from "node:util"
import { UnderstudyError } from "../errors/understudy-error.ts"
import type { PostgresBinaries, ServerAccount } from "./postgres-binaries.ts"

const run = promisify(execFile)

async function canRun(binaries: PostgresBinaries, account: ServerAccount): Promise<boolean> {
  return run(binaries.postgres, ["--version"], { ...account, cwd: "/" }).then(
    () => true,
    () => false,
  )
}

function within(folder: string, binaries: PostgresBinaries): PostgresBinaries {
  return { ...binaries, initdb: join(folder, "bin", "initdb"), postgres: join(folder, "bin", "postgres") }
}

/** Copies an installation, by hard links where the file system lets it. */
async function copyInstallation(from: string, to: string): Promise<void> {
  const making = await mkdtemp(`${to}-making-`)
  try {
    for (const part of ["bin", "lib", "share"]) {
      const source = join(from, part)
      await run("cp", ["-RPpl", source, making]).catch(() => run("cp", ["-RPp", source, making]))
    }
    await chmod(making, 0o755)
    await rename(making, to).catch((error: NodeJS.ErrnoException) => {
      // Another worker was faster.
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error
    })
  } finally {
    await rm(making, { recursive: true, force: true })
  }
}

/**
 * The same binaries where the server's account can run them: where they are, or, as in a checkout below a folder of
 * root's own, a copy in the temporary folder, made once.
 * @throws `UNDERSTUDY_TEST_SERVER` when the copy cannot be run either.
 */
export async function reachableBinaries(
  binaries: PostgresBinaries,
  account: ServerAccount | undefined,
): Promise<PostgresBinaries> {
  if (account === undefined || (await canRun(binaries, account))) return binaries
  const folder = join(tmpdir(), `understudy-postgres-${binaries.version}-programs`)
  const found = await lstat(folder).catch(() => undefined)
  if (found === undefined) await copyInstallation(join(dirname(binaries.postgres), ".."), folder)
  const { uid } = await lstat(folder)
  const copied = within(folder, binaries)
  if (uid === process.getuid?.() && (await canRun(copied, account))) return copied
  throw new UnderstudyError("UNDERSTUDY_TEST_SERVER", {
    detail: `neither ${binaries.postgres} nor its copy in ${folder} can be run by the account ${account.uid}`,
    instead: `Let others read the checkout, or remove ${folder}.`,
  })
}
