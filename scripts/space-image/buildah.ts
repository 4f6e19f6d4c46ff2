import { lstat, mkdir } from "node:fs/promises"
import { join } from "node:path"
import { run, type RunOptions } from "./command.ts"
import { CannotRunHere } from "./requirements.ts"

/** Kept between runs: the base image and the layers. It may be removed at any time between two runs. */
export const CACHE_FOLDER = "/var/tmp/understudy-image"

/** Of a build: it asks for nothing that a sandbox might not have, such as cgroups. */
export const ISOLATION = "--isolation=chroot"

/** Buildah with a store of its own, so that a stand-in never passes for the real image anywhere else. */
export type Buildah = (args: readonly string[], options?: RunOptions) => Promise<string>

/** @throws CannotRunHere where the kernel has no overlay file system: a container's root has to be one. */
export async function openBuildah(): Promise<Buildah> {
  await mkdir(CACHE_FOLDER, { recursive: true, mode: 0o700 })
  const { uid, mode } = await lstat(CACHE_FOLDER)
  if (uid !== process.getuid?.() || (mode & 0o077) !== 0)
    throw new CannotRunHere(`${CACHE_FOLDER} belongs to somebody else, or is open to others`)
  const store = ["--root", join(CACHE_FOLDER, "store"), "--runroot", join(CACHE_FOLDER, "run")]
  const buildah: Buildah = (args, options) =>
    run("buildah", [...store, "--storage-driver", "overlay", ...args], options)
  await buildah(["info"]).catch((error: unknown) => {
    throw new CannotRunHere(`buildah has no overlay file system here: ${(error as Error).message}`)
  })
  await removeLeftContainers(buildah)
  return buildah
}

/** The name of a working container: it says which process it belongs to. */
export function containerName(index: number): string {
  return `understudy-${process.pid}-${index}`
}

/** Those of runs that were killed. */
async function removeLeftContainers(buildah: Buildah): Promise<void> {
  const names = await buildah(["containers", "--format", "{{.ContainerName}}"])
  for (const name of names.split("\n")) {
    const [, owner] = /^understudy-(\d+)-\d+$/.exec(name) ?? []
    if (owner !== undefined && !isAlive(Number(owner))) await buildah(["rm", name])
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
