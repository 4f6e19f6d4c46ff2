import { lookAtOwner } from "../engine/sqlite/owner-lock.ts"

/** Which process holds a file, in words; null where none is seen. */
export function holderOf(path: string): string | null {
  const sight = lookAtOwner(path)
  return sight.state === "held" ? nameOf(sight.holder) : null
}

/** A process, in words. */
export function nameOf({ pid, host }: { readonly pid: number | null; readonly host: string | null }): string {
  return pid === null ? "another process" : `process ${pid} on ${host ?? "this machine"}`
}
