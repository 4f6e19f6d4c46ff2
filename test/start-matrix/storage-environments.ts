import { EMBEDDED, fallback } from "./expectations.ts"
import type { StartEnvironment } from "./start-environment.ts"

const CLOSED_URL = "postgresql://tasks:{canary}@{closed}/app"

/** What git leaves in place of a large file that was not fetched. */
const LFS_POINTER = `version https://git-lfs.github.com/spec/v1
oid sha256:${"4d7a".repeat(16)}
size 1048576
`

/** Fills what is left of the file system, so that not a byte goes in any more. */
const FILL = "cat /dev/zero > small/filling 2> /dev/null || true"

/** The disk and the files on it are not as they should be. */
export const STORAGE_ENVIRONMENTS: readonly StartEnvironment[] = [
  {
    name: "SQLite, a pointer of git-lfs in place of the file",
    env: { DATABASE_URL: "sqlite:///./tasks.db" },
    fixtures: [{ path: "tasks.db", kind: { text: LFS_POINTER } }],
    expect: { ...EMBEDDED, findings: ["storage.corrupt"], leaves: ["tasks.db", "tasks.db.corrupt-*"] },
  },
  {
    name: "SQLite, a database cut short",
    env: { DATABASE_URL: "sqlite:///./tasks.db" },
    fixtures: [{ path: "tasks.db", kind: "cut-database" }],
    expect: { ...EMBEDDED, findings: ["storage.corrupt"], leaves: ["tasks.db", "tasks.db.corrupt-*"] },
  },
  {
    name: "a fallback cut short, and a closed port",
    long: true,
    env: { DATABASE_URL: CLOSED_URL },
    fixtures: [{ path: "data/fallback.sqlite", kind: "cut-database" }],
    expect: {
      ...fallback("primary.refused"),
      findings: ["storage.corrupt"],
      leaves: ["data/fallback.sqlite", "data/fallback.sqlite.corrupt-*"],
    },
  },
  {
    name: "SQLite, another program's database",
    env: { DATABASE_URL: "sqlite:///./customers.db" },
    fixtures: [{ path: "customers.db", kind: "foreign-database" }],
    expect: { ...EMBEDDED, leaves: ["customers.db"] },
  },
  {
    name: "SQLite, another program's database with a table of our name",
    env: { DATABASE_URL: "sqlite:///./customers.db", DATABASE_STATEMENT_TIMEOUT: "2s" },
    fixtures: [{ path: "customers.db", kind: "clashing-database" }],
    expect: { state: "starting", engine: null, reason: "migration.failed", takes: "nothing" },
  },
  {
    name: "an embedded database of other rows, and a closed port",
    env: { DATABASE_URL: CLOSED_URL },
    fixtures: [{ path: "data/embedded.sqlite", kind: "foreign-database" }],
    expect: fallback("data.left-behind"),
  },
  {
    name: "SQLite, in an exclusive transaction of another process",
    env: { DATABASE_URL: "sqlite:///./tasks.db" },
    fixtures: [{ path: "tasks.db", kind: "locked-database" }],
    expect: { ...EMBEDDED, findings: ["storage.file-unusable", "storage.memory"] },
  },
  {
    name: "SQLite, owned by another process",
    env: { DATABASE_URL: "sqlite:///./tasks.db" },
    fixtures: [{ path: "tasks.db", kind: "owned-database" }],
    expect: { ...EMBEDDED, findings: ["storage.in-use"], leaves: ["tasks-2.db"] },
  },
  {
    name: "a fallback owned by another process, and a closed port",
    long: true,
    env: { DATABASE_URL: CLOSED_URL },
    fixtures: [{ path: "data/fallback.sqlite", kind: "owned-database" }],
    expect: {
      ...fallback("primary.refused"),
      findings: ["storage.in-use", "data.not-returned"],
      leaves: ["data/fallback-2.sqlite"],
    },
  },
  {
    name: "a ./data that is a link to itself",
    env: { HOME: "{home}" },
    shell: "ln -s data data",
    expect: { ...EMBEDDED, leaves: [".understudy/*/embedded.sqlite"] },
  },
  {
    name: "a pipe in place of the file",
    long: true,
    env: { HOME: "{home}" },
    shell: "mkdir data; mkfifo data/embedded.sqlite",
    expect: { ...EMBEDDED, findings: ["storage.file-unusable"], leaves: [".understudy/*/embedded.sqlite"] },
  },
  {
    name: "a folder in place of the owner's lock",
    long: true,
    env: {},
    shell: "mkdir -p data/embedded.sqlite.owner",
    expect: { ...EMBEDDED, findings: ["storage.file-unusable", "storage.memory"] },
  },
  {
    name: "a pipe in place of the owner's lock",
    env: {},
    shell: "mkdir data; mkfifo data/embedded.sqlite.owner",
    expect: { ...EMBEDDED, findings: ["storage.file-unusable", "storage.memory"] },
  },
  {
    name: "a log without its database, and no log of SQLite's",
    long: true,
    env: {},
    fixtures: [{ path: "data/embedded.sqlite-wal", kind: { text: "Buy milk.\n" } }],
    expect: { ...EMBEDDED, leaves: ["data/embedded.sqlite"] },
  },
  {
    name: "an umask that leaves no right to anybody",
    env: { HOME: "{home}", TMPDIR: "{home}" },
    shell: "umask 777",
    unprivileged: true,
    expect: { ...EMBEDDED, findings: ["storage.no-folder", "storage.memory"] },
  },
  {
    name: "files may have no byte",
    env: {},
    shell: "ulimit -f 0",
    expect: { ...EMBEDDED, findings: ["storage.no-folder", "storage.memory"] },
  },
  {
    name: "files may have 8 KiB, which is less than a database takes",
    env: {},
    shell: "ulimit -f 16",
    expect: { ...EMBEDDED, findings: ["storage.file-unusable", "storage.memory"] },
  },
  {
    name: "files may have 40 KiB: a database can be opened, and not be made",
    env: {},
    shell: "ulimit -f 80",
    expect: { ...EMBEDDED, findings: ["storage.file-unusable", "storage.memory"] },
  },
  {
    name: "files may have no byte, and a closed port",
    long: true,
    env: { DATABASE_URL: CLOSED_URL },
    shell: "ulimit -f 0",
    expect: { ...fallback("primary.refused"), findings: ["storage.no-folder", "storage.memory"] },
  },
  {
    name: "a full disk where the database is to be",
    long: true,
    needs: ["own-mounts"],
    env: { DATABASE_PATH: "small" },
    fixtures: [{ path: "small", kind: "folder" }],
    ownMounts: true,
    shell: `mount -t tmpfs -o size=64k none small; ${FILL}`,
    expect: { ...EMBEDDED, findings: ["storage.not-writable"], leaves: ["data/embedded.sqlite"] },
  },
  {
    name: "a disk with room for less than a database",
    long: true,
    needs: ["own-mounts"],
    env: { DATABASE_PATH: "small" },
    fixtures: [{ path: "small", kind: "folder" }],
    ownMounts: true,
    shell: "mount -t tmpfs -o size=16k none small",
    expect: { ...EMBEDDED, findings: ["storage.file-unusable", "storage.memory"] },
  },
  {
    name: "nowhere a byte free",
    long: true,
    needs: ["own-mounts"],
    env: { HOME: "{home}/small", TMPDIR: "{home}/small" },
    fixtures: [{ path: "small", kind: "folder" }],
    ownMounts: true,
    shell: `mount -t tmpfs -o size=64k none small; ${FILL}; cd small`,
    expect: { ...EMBEDDED, findings: ["storage.no-folder", "storage.memory"] },
  },
  {
    name: "a file system that is mounted read-only",
    long: true,
    needs: ["own-mounts"],
    env: { DATABASE_PATH: "small" },
    fixtures: [{ path: "small", kind: "folder" }],
    ownMounts: true,
    shell: "mount -t tmpfs -o size=64k,ro none small",
    expect: { ...EMBEDDED, findings: ["storage.not-writable"], leaves: ["data/embedded.sqlite"] },
  },
  {
    name: "no mount table: nothing of /proc can be read",
    long: true,
    needs: ["own-mounts"],
    env: {},
    ownMounts: true,
    shell: "mount -t tmpfs none /proc",
    expect: { ...EMBEDDED, leaves: ["data/embedded.sqlite"] },
  },
]
