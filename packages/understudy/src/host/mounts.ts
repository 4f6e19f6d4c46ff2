import { sep } from "node:path"
import type { FileSystemClass } from "./host-facts.ts"

/** One line of the mount table. */
export interface Mount {
  readonly source: string
  readonly folder: string
  readonly type: string
}

const MEMORY_TYPES: ReadonlySet<string> = new Set(["tmpfs", "ramfs", "devtmpfs", "hugetlbfs"])

/** `fuseblk` is NTFS or exFAT on a disk of this machine. */
const LOCAL_FUSE: ReadonlySet<string> = new Set(["fuseblk"])
const OVERLAY_TYPES: ReadonlySet<string> = new Set([
  "overlay",
  "overlayfs",
  "aufs",
  "unionfs",
  "fuse.fuse-overlayfs",
])

const NETWORK_TYPES =
  /^(fuse|fuse\..*|nfs\d?|9p|virtiofs|cifs|smb.*|ceph|glusterfs|lustre|gpfs|beegfs|afs|ocfs2|gfs2?|davfs2?|vboxsf|prl_fs|vmhgfs|fakeowner|hf-mount)$/i

/** What a bucket of the Hugging Face Hub is mounted from, whatever its type is called. */
export const BUCKET_SOURCE = "hf-mount"

/** File systems that a sandbox (gVisor, Kata, rootless Podman) may give a container as its root. */
const SANDBOX_ROOTS = /^(fuse|fuse\..*|9p|virtiofs)$/

/** Reads the text of `/proc/mounts`. Lines that make no sense are left out. */
export function parseMounts(text: string): readonly Mount[] {
  const mounts: Mount[] = []
  for (const line of text.split("\n")) {
    const [source, folder, type] = line.split(" ", 3).map(unescapeField)
    if (source === undefined || !folder?.startsWith("/") || type === undefined) continue
    mounts.push({ source, folder, type })
  }
  return mounts
}

/** The kernel writes blanks, tabs, newlines and backslashes as octal codes. */
function unescapeField(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)))
}

/** The mount that holds a path: the longest prefix; of two on one folder the later, which covers the other. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  let best: Mount | undefined
  for (const mount of mounts) {
    if (isBelow(path, mount.folder) && mount.folder.length >= (best?.folder.length ?? 0)) best = mount
  }
  return best
}

function isBelow(path: string, folder: string): boolean {
  if (folder === "/" || path === folder) return true
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

/** What a mount's file system means for a live database. */
export function classifyMount(mount: Mount | undefined): FileSystemClass {
  if (mount === undefined) return "unknown"
  const type = mount.type.toLowerCase()
  if (mount.source === BUCKET_SOURCE) return "network"
  if (MEMORY_TYPES.has(type)) return "memory"
  if (OVERLAY_TYPES.has(type)) return "overlay"
  if (LOCAL_FUSE.has(type)) return "local"
  // A sandbox's root belongs to this container alone, and its kernel keeps the locks: it is a layered root by
  // another name. Refusing it would leave nothing but memory.
  if (mount.folder === "/" && SANDBOX_ROOTS.test(type)) return "overlay"
  return NETWORK_TYPES.test(type) ? "network" : "local"
}
