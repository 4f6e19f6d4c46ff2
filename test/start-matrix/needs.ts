import { spawnSync } from "node:child_process"
import { globSync, readFileSync } from "node:fs"
import { networkInterfaces } from "node:os"
import { findPgbouncer } from "../support/pgbouncer.ts"

/** What a machine must have for a row. */
export type Need = "root" | "own-mounts" | "faketime" | "ipv6" | "low-ports-closed" | "pgbouncer"

/** libfaketime's library, where Debian puts it. */
export const FAKETIME_LIBRARY: string =
  globSync("/usr/lib/*/faketime/libfaketime.so.1")[0] ?? "/usr/lib/faketime/libfaketime.so.1"

const CHECKS: Readonly<Record<Need, { readonly reason: string; isMet(): boolean }>> = {
  root: {
    reason: "it needs root, to start as an account to which something is closed",
    isMet: () => process.getuid?.() === 0,
  },
  "own-mounts": {
    reason: "it needs to mount file systems in a name space of its own",
    isMet: () => succeeds("unshare", ["-m", "sh", "-c", "mount -t tmpfs none /mnt"]),
  },
  faketime: {
    reason: "it needs libfaketime (Debian's package faketime)",
    isMet: () =>
      succeeds("sh", [
        "-c",
        `LD_PRELOAD=${FAKETIME_LIBRARY} FAKETIME='@1970-01-02 00:00:00' date +%Y | grep -qx 1970`,
      ]),
  },
  pgbouncer: {
    reason: "it needs pgbouncer (Debian's package pgbouncer)",
    isMet: () => findPgbouncer() !== undefined,
  },
  ipv6: {
    reason: "it needs the address ::1",
    isMet: () =>
      Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === "::1")),
  },
  "low-ports-closed": {
    reason: "any account may listen on port 80 here, or this is not root, who could start as another",
    isMet: () =>
      process.getuid?.() === 0 &&
      Number(readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8")) > 80,
  },
}

function succeeds(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0
}

const known = new Map<Need, boolean>()

/** Why a row cannot run here; null: it can. */
export function whatIsMissing(needs: readonly Need[]): string | null {
  for (const need of needs) {
    const met = known.get(need) ?? CHECKS[need].isMet()
    known.set(need, met)
    if (!met) return CHECKS[need].reason
  }
  return null
}
