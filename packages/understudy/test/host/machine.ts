import { existsSync } from "node:fs"
import { join } from "node:path"
import type { Machine } from "../../src/host/machine.ts"

/** A machine of which a test tells everything; its folders are real. */
export function testMachine(
  folder: string,
  parts: Partial<Machine> & { mounts?: string; files?: string[] } = {},
): Machine {
  const { mounts, files = [], ...rest } = parts
  return {
    workingFolder: join(folder, "app"),
    homeFolder: join(folder, "home"),
    tempFolder: join(folder, "tmp"),
    uid: process.getuid?.() ?? null,
    addresses: ["127.0.0.1", "::1", "10.1.2.3"],
    exists: (path) => files.includes(path) || existsSync(path),
    readText: (path) => (path === "/proc/mounts" ? (mounts ?? null) : null),
    ...rest,
  }
}
