import { mkdtempSync, mkdirSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { lifeOfFolder } from "../../src/host/durability.ts"
import { HOSTS, type HostKind } from "../../src/host/host-table.ts"
import { classifyMount, mountOf, parseMounts } from "../../src/host/mounts.ts"
import { resolvePath } from "../../src/host/resolve-path.ts"

const classOf = (type: string, source = "none", folder = "/mnt"): string =>
  classifyMount({ type, source, folder })

describe("promise 4: no live database on a network file system", () => {
  test.each([
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "virtiofs",
    "ceph",
    "fuse.ceph",
    "glusterfs",
    "fuse.glusterfs",
    "lustre",
    "fuse",
    "fuse.hf-mount",
    "fuse.s3fs",
    "fuse.gcsfuse",
    "fuse.sshfs",
    "fuse.rclone",
    "afs",
    "vboxsf",
    "fakeowner",
  ])("%s", (type) => expect(classOf(type)).toBe("network"))

  test("by its source, whatever its type says", () => expect(classOf("ext4", "hf-mount")).toBe("network"))

  test.each(["ext4", "xfs", "btrfs", "zfs", "f2fs", "apfs", "fuseblk"])("%s is a disk", (type) => {
    expect(classOf(type)).toBe("local")
  })

  test.each(["tmpfs", "ramfs"])("%s is memory", (type) => expect(classOf(type)).toBe("memory"))

  test.each(["overlay", "aufs", "fuse.fuse-overlayfs"])("%s is a layered root", (type) => {
    expect(classOf(type, "overlay", "/")).toBe("overlay")
  })

  test.each(["9p", "virtiofs", "fuse", "fuse.anything"])("%s as a sandbox's root is one too", (type) => {
    expect(classOf(type, "none", "/")).toBe("overlay")
    expect(classOf(type, "none", "/data")).toBe("network")
  })

  test.each(["nfs", "nfs4", "cifs"])("%s stays what it is even as root", (type) => {
    expect(classOf(type, "server:/x", "/")).toBe("network")
  })

  test("a bucket is one even as root", () => expect(classOf("fuse", "hf-mount", "/")).toBe("network"))
})

describe("the mount table", () => {
  const mounts = parseMounts(
    [
      "overlay / overlay rw,lowerdir=/a:/b 0 0",
      "/dev/sdb /data ext4 rw 0 0",
      "hf-mount /data/bucket fuse rw 0 0",
      "server:/x /mnt/my\\040share\\134x nfs4 rw 0 0",
      "tmpfs /covered tmpfs rw 0 0",
      "/dev/sdc /covered xfs rw 0 0",
      "",
      "nonsense",
      "a b",
    ].join("\n"),
  )

  test.each([
    ["/", "overlay"],
    ["/app/data", "overlay"],
    ["/data", "ext4"],
    ["/data/x/y", "ext4"],
    ["/database", "overlay"],
    ["/data/bucket", "fuse"],
    ["/data/bucket/x", "fuse"],
    ["/data/buckets", "ext4"],
    ["/mnt/my share\\x/y", "nfs4"],
    ["/covered/x", "xfs"],
  ])("%s is on %s", (path, type) => expect(mountOf(path, mounts)?.type).toBe(type))

  test("none, or an empty one, is no error", () => {
    expect(mountOf("/x", parseMounts(""))).toBeUndefined()
    expect(classifyMount(undefined)).toBe("unknown")
  })
})

describe("promise 4: it is known which folder survives", () => {
  const table = (...lines: string[]): ReturnType<typeof parseMounts> =>
    parseMounts(["overlay / overlay rw 0 0", ...lines].join("\n"))
  const life = (kind: HostKind, folder: string, mounts = table()): string =>
    lifeOfFolder(folder, mounts, HOSTS[kind], ["/tmp"]).durability

  test.each(["space", "render", "railway", "fly", "heroku", "kubernetes", "docker"] as const)(
    "%s: its own disk does not",
    (kind) => {
      expect(life(kind, "/app/data")).toBe("ephemeral")
      expect(life(kind, "/data")).toBe("ephemeral")
      expect(life(kind, "/app/data", parseMounts("/dev/vda / ext4 rw 0 0"))).toBe("ephemeral")
      expect(life(kind, "/app/data", [])).toBe("ephemeral")
    },
  )

  test.each(["space", "render", "railway", "fly", "docker"] as const)("%s: a volume does", (kind) => {
    expect(life(kind, "/data/x", table("/dev/sdb /data ext4 rw 0 0"))).toBe("durable")
  })

  test("memory that looks like a disk does not", () => {
    expect(life("docker", "/data", table("tmpfs /data tmpfs rw 0 0"))).toBe("ephemeral")
    expect(life("local", "/run/x", table("tmpfs /run tmpfs rw 0 0"))).toBe("ephemeral")
  })

  test("a machine's own disk does, its temporary folder does not", () => {
    expect(life("local", "/srv/app/data")).toBe("durable")
    expect(life("local", "/srv/app/data", [])).toBe("durable")
    expect(life("local", "/tmp/x")).toBe("ephemeral")
    expect(life("local", "/tmpfoo/x")).toBe("durable")
  })

  test("on Kubernetes an emptyDir is told from a persistent volume by its device", () => {
    const mounts = table(
      "/dev/sda1 /etc/hosts ext4 rw 0 0",
      "/dev/sda1 /data ext4 rw 0 0",
      "/dev/sdb /claim ext4 rw 0 0",
    )
    expect(life("kubernetes", "/data", mounts)).toBe("ephemeral")
    expect(life("kubernetes", "/claim", mounts)).toBe("durable")
    // Docker's named volumes share their device with /etc/hosts and do survive.
    expect(life("docker", "/data", mounts)).toBe("durable")
  })
})

describe("promise 1: a path is followed without touching a dead server", () => {
  test("links are followed, up to the door of a network file system", () => {
    const folder = mkdtempSync(join(tmpdir(), "understudy-links-"))
    try {
      mkdirSync(join(folder, "real"))
      symlinkSync(join(folder, "real"), join(folder, "absolute"))
      symlinkSync("real", join(folder, "relative"))
      symlinkSync("loop", join(folder, "loop"))
      symlinkSync("inside", join(folder, "real", "door"))
      const door = parseMounts(`server:/ ${join(folder, "real")} nfs4 rw 0 0`)
      expect(resolvePath(join(folder, "absolute", "new"), [])).toBe(join(folder, "real", "new"))
      expect(resolvePath(join(folder, "relative", "a", "b"), [])).toBe(join(folder, "real", "a", "b"))
      expect(resolvePath(join(folder, "loop", "x"), [])).toContain("loop")
      expect(resolvePath(join(folder, "real", "door"), [])).toBe(join(folder, "real", "inside"))
      // The link that stands on the network file system is not read.
      expect(resolvePath(join(folder, "absolute", "door"), door)).toBe(join(folder, "real", "door"))
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
