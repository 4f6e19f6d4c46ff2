import type { HostProfile } from "./host-table.ts"
import { classifyMount, mountOf, type Mount } from "./mounts.ts"

/** How long files in a folder live, and why. */
export interface FolderLife {
  readonly durability: "durable" | "ephemeral"
  readonly why: string
}

/** Files that the kubelet puts into each container from the node's own disk. */
const NODE_DISK_FILES = ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/dev/termination-log"] as const

/** How long files in a folder live, as far as the mount table tells. */
export function lifeOfFolder(
  folder: string,
  mounts: readonly Mount[],
  host: HostProfile,
  tempFolders: readonly string[],
): FolderLife {
  const mount = mountOf(folder, mounts)
  const kind = classifyMount(mount)
  if (kind === "network") return { durability: "ephemeral", why: "a live database cannot be kept there" }
  if (kind === "memory") return { durability: "ephemeral", why: `${mount?.type ?? "it"} lives in memory` }
  if (tempFolders.some((temp) => isTemporary(folder, temp, mount))) {
    return { durability: "ephemeral", why: "temporary folders are emptied" }
  }
  if (!host.ephemeralRoot) return { durability: "durable", why: "it is on a disk of this machine" }
  if (mount === undefined)
    return { durability: "ephemeral", why: `no disk of its own is known on a ${host.name}` }
  if (mount.folder === "/" || kind === "overlay") {
    return { durability: "ephemeral", why: `it is on the ${host.name}'s own disk` }
  }
  if (host.kind === "kubernetes" && isNodeDisk(mount, mounts)) {
    return { durability: "ephemeral", why: "it is on the node's own disk (an emptyDir or hostPath volume)" }
  }
  return { durability: "durable", why: `a volume is mounted at ${mount.folder}` }
}

/** A disk that is mounted below a temporary folder is not emptied with it. */
function isTemporary(folder: string, temp: string, mount: Mount | undefined): boolean {
  return (folder === temp || folder.startsWith(`${temp}/`)) && mount?.folder.startsWith(`${temp}/`) !== true
}

/** An emptyDir looks like a disk of its own, but shares its device with the files the kubelet puts in. */
function isNodeDisk(mount: Mount, mounts: readonly Mount[]): boolean {
  return mounts.some(
    ({ source, folder }) =>
      source === mount.source && (NODE_DISK_FILES as readonly string[]).includes(folder),
  )
}
