import { dirname } from "node:path"
import { lookForDamage } from "../engine/sqlite/file-check.ts"
import { lookAtOwner, type Holder } from "../engine/sqlite/owner-lock.ts"
import { finding, type Finding } from "../errors/finding.ts"
import { freeBytes } from "../host/disk-space.ts"
import { lookAtFile } from "../host/file-facts.ts"
import type { FolderFacts, HostFacts } from "../host/host-facts.ts"
import type { SqliteCandidate } from "../plan/plan.ts"
import { renderBytes } from "./render-bytes.ts"
import type { Step } from "./report.ts"
import { step } from "./steps/target.ts"

/** Less is soon used up by a journal of writes. */
const LITTLE_SPACE_BYTES = 100 * 1024 * 1024

/** Looks at the place of SQLite and at the file there. Nothing is changed, locked or set aside. */
export function examineStorage(candidate: SqliteCandidate, facts: HostFacts): readonly Step[] {
  const { file, reason } = candidate
  if (file === ":memory:") return [ok("folder", `in memory: ${reason}`)]
  const place = facts.places.find(({ usable, folder }) => usable && folder === dirname(file))
  return [
    ...passedOver(facts),
    ok("folder", reason),
    ...(place === undefined ? [] : [disk(place)]),
    ...fileSteps(file),
    owner(file),
  ]
}

function ok(name: Step["name"], text: string): Step {
  return step(name, "ok", text, null, [])
}

function passedOver(facts: HostFacts): Step[] {
  return facts.places
    .filter(({ usable }) => !usable)
    .map(({ folder, problem, detail }) =>
      step(
        "folder",
        "notice",
        `not ${folder}: ${problem ?? "unusable"}${detail === null ? "" : ` (${detail})`}`,
        null,
        [],
      ),
    )
}

function disk(place: FolderFacts): Step {
  const { folder, durability, why, fileSystemType } = place
  const type = fileSystemType ?? "unknown file system"
  const life = durability === "durable" ? "survives a restart" : "does not survive a restart"
  const free = freeBytes(folder)
  const space = free === null ? "free space unknown" : `${renderBytes(free)} free`
  const little =
    free !== null && free < LITTLE_SPACE_BYTES
      ? [finding("storage.little-space", { folder, free: renderBytes(free) })]
      : []
  const status = durability === "durable" && little.length === 0 ? "ok" : "notice"
  return step("disk", status, `${type}, ${life}: ${why}; ${space}`, null, little)
}

function fileSteps(file: string): Step[] {
  const { kind, sizeBytes, userRows } = lookAtFile(file)
  if (kind === "absent") return [ok("file", `${file} is not there yet`)]
  if (kind === "empty") return [ok("file", `${file} is empty`)]
  const rows = userRows === "some" ? ", with rows" : userRows === "none" ? ", without rows" : ""
  return [ok("file", `${file}, ${renderBytes(sizeBytes)}${rows}`), integrity(file)]
}

function integrity(file: string): Step {
  const start = performance.now()
  const sight = lookForDamage(file)
  const tookMs = performance.now() - start
  const quoted = `'${file.replaceAll("'", `'\\''`)}'`
  switch (sight.state) {
    case "sound":
      return step("integrity", "ok", "quick_check finds nothing wrong", tookMs, [])
    case "too-large":
      return step(
        "integrity",
        "skipped",
        `quick_check would take long on a file of this size; run it by \`sqlite3 -readonly ${quoted} 'PRAGMA quick_check'\``,
        tookMs,
        [],
      )
    case "unreadable":
      return step("integrity", "notice", `it could not be checked now (${sight.detail})`, tookMs, [])
    case "damaged": {
      const command = `\`sqlite3 ${quoted} .recover\``
      const found: Finding = finding("storage.damaged", { file, detail: sight.detail, command })
      return step("integrity", "failed", sight.detail, tookMs, [found])
    }
    default:
      return sight satisfies never
  }
}

function owner(file: string): Step {
  const sight = lookAtOwner(file)
  if (sight.state === "free") return ok("owner", "no process seen from here holds it")
  const who = nameOf(sight.holder)
  return sight.state === "held"
    ? ok("owner", `${who} holds it: a service that runs`)
    : step("owner", "notice", `${who} held it last; whether it still does cannot be seen here`, null, [])
}

function nameOf({ pid, host }: Holder): string {
  return pid === null ? "a process" : `process ${pid} on ${host ?? "this machine"}`
}
