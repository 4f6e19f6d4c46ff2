import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmdirSync } from "node:fs"
import { mkdir, rename, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { asAdmin } from "./as-admin.ts"
import type { Scenario, Stage } from "./scenario.ts"
import { untilMirrored, untilReturned } from "./settle.ts"

/** The size of the small disk beyond what the server has on it, in MiB. */
const ROOM_MIB = 24
/** More than there is room for. */
const TOO_MUCH = ROOM_MIB * 4 * 1024 * 1024

/**
 * PostgreSQL's data is moved onto a small file system, which is filled: it can extend no table, and where its journal
 * needs another file it ends, and does not start again before there is room. In the end its data is where it was.
 */
export const diskFull: Scenario = {
  name: "disk-full",
  title: "PostgreSQL's disk is full",
  fallsBack: true,
  missing: () =>
    mayMount() ? undefined : "it mounts a small file system, and needs Linux and the right to do so",
  async happen(stage, draw) {
    const { server } = stage
    const disk = `${server.dataFolder}-small`
    stage.down("refusal", "all")
    await server.stop("fast")
    using _ = unmountedAtExit(server.dataFolder)
    try {
      await moveOnto(disk, server.dataFolder)
      await server.start()
      stage.tell("PostgreSQL is on a small disk")
      const late = (await untilReturned(stage.backend)) ?? (await untilMirrored(stage.backend))
      if (late !== undefined) throw new Error(late)
      await wait(draw.between(500, 1_500))
      await fill(join(server.dataFolder, "filling"))
      stage.tell("the disk is full")
      await wait(draw.between(500, 2_000))
      if (draw.chance(60)) await needMoreJournal(stage)
      await wait(draw.between(1_000, 3_000))
    } finally {
      await rm(join(server.dataFolder, "filling"), { force: true })
      stage.tell("there is room again")
      if (server.pid !== null) await server.stop("immediate")
      await moveBack(disk, server.dataFolder)
    }
    await server.start()
  },
}

async function moveOnto(disk: string, data: string): Promise<void> {
  const usedKib = Number(execFileSync("du", ["-sk", data], { encoding: "utf8" }).split("\t")[0])
  await rename(data, disk)
  await mkdir(data)
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${usedKib + ROOM_MIB * 1024}k,mode=0700`, "tmpfs", data])
  execFileSync("cp", ["-a", `${disk}/.`, data])
}

async function moveBack(disk: string, data: string): Promise<void> {
  if (isMounted(data)) {
    await rm(disk, { recursive: true, force: true })
    execFileSync("cp", ["-a", data, disk])
    execFileSync("umount", [data])
  }
  await rm(data, { recursive: true, force: true })
  await rename(disk, data)
}

function isMounted(folder: string): boolean {
  return readFileSync("/proc/mounts", "utf8").includes(` ${folder} `)
}

/** Who interrupts the drill wants no mount to be left. */
function unmountedAtExit(folder: string): Disposable {
  const unmount = (): void => {
    if (isMounted(folder)) execFileSync("umount", ["--lazy", folder])
  }
  const interrupted = (): void => {
    unmount()
    process.exit(130)
  }
  process.once("SIGINT", interrupted)
  process.once("SIGTERM", interrupted)
  return {
    [Symbol.dispose]() {
      process.off("SIGINT", interrupted)
      process.off("SIGTERM", interrupted)
    },
  }
}

/** Proved by doing it: root in a container may not. */
function mayMount(): boolean {
  if (process.platform !== "linux" || process.geteuid?.() !== 0) return false
  const folder = mkdtempSync(join(tmpdir(), "understudy-mount-"))
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], { stdio: "ignore" })
    execFileSync("umount", [folder])
    return true
  } catch {
    return false
  } finally {
    rmdirSync(folder)
  }
}

async function fill(file: string): Promise<void> {
  await writeFile(file, Buffer.alloc(TOO_MUCH)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOSPC") throw error
  })
}

/** Writes into the journal until it needs another file, which ends the server. */
async function needMoreJournal({ server, tell }: Stage): Promise<void> {
  tell("its journal needs another file")
  await asAdmin(server, "select pg_logical_emit_message(false, 'drill', repeat('x', 40_000_000))").catch(
    () => {},
  )
}
