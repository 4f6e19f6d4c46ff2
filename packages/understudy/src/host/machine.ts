import { existsSync, readFileSync } from "node:fs"
import { homedir, networkInterfaces, tmpdir } from "node:os"
import type { Environment } from "../environment/environment.ts"

/** The machine as the fact gatherers see it, so that a test can give them another. No member throws. */
export interface Machine {
  readonly workingFolder: string
  readonly homeFolder: string | null
  readonly tempFolder: string
  readonly uid: number | null
  /** The addresses of its network interfaces. */
  readonly addresses: readonly string[]
  exists(path: string): boolean
  /** The text of a small file of the system; null where it cannot be read. */
  readText(path: string): string | null
}

/** This machine. */
export function thisMachine(environment: Environment): Machine {
  return {
    workingFolder: attempt(() => process.cwd()) ?? "/",
    homeFolder: environment.values.HOME ?? attempt(() => homedir()) ?? null,
    tempFolder: environment.values.TMPDIR ?? attempt(() => tmpdir()) ?? "/tmp",
    uid: process.getuid?.() ?? null,
    addresses: attempt(() => interfaceAddresses()) ?? [],
    exists: (path) => existsSync(path),
    readText: (path) => attempt(() => readFileSync(path, "utf8")) ?? null,
  }
}

function interfaceAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address))
}

/** The working folder may be gone, the user may have no entry: each of these calls can throw. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}
