import { join } from "node:path"
import { finding, type Finding } from "../errors/finding.ts"
import type { FileFacts, FolderFacts, HostFacts, NetworkMount } from "../host/host-facts.ts"
import { BUCKET_SOURCE } from "../host/mounts.ts"
import { EMBEDDED_FILE, FALLBACK_FILE } from "../host/places.ts"
import type { SqliteCandidate } from "./plan.ts"

/** Where SQLite can live, and what was found on the way there. */
export interface Storage {
  /** The folder chosen; null where none can be used and memory is left. */
  readonly place: FolderFacts | null
  /** One line for each folder passed over. */
  readonly trace: readonly string[]
  readonly findings: readonly Finding[]
}

/** Chooses the folder: the first that was proved. */
export function chooseStorage(facts: HostFacts): Storage {
  const passedOver = facts.places.filter(({ usable }) => !usable)
  return {
    place: facts.places.find(({ usable }) => usable) ?? null,
    trace: [
      ...passedOver.map((place) => `not ${place.folder} (${ORIGINS[place.origin]}): ${problemOf(place)}`),
      ...expectedMounts(facts).map(
        ({ folder, source, type }) =>
          `not ${folder}: ${source} is mounted there, a network file system (${type})`,
      ),
    ],
    findings: passedOver.flatMap((place) => findingFor(place) ?? []),
  }
}

/**
 * Mounts at which somebody may expect the files, though nobody asked for them: buckets, and what stands where this
 * host's users mount disks. Those that were asked for are told with their folder.
 */
function expectedMounts({ host, networkMounts, places }: HostFacts): readonly NetworkMount[] {
  return networkMounts.filter(
    ({ folder, source }) =>
      (source === BUCKET_SOURCE || host.durableFolders.includes(folder)) &&
      !places.some((place) => place.folder === folder || place.folder.startsWith(`${folder}/`)),
  )
}

const ORIGINS: Readonly<Record<FolderFacts["origin"], string>> = {
  url: "from DATABASE_URL",
  configured: "from DATABASE_PATH",
  volume: "a mounted volume",
  data: "in the working folder",
  home: "in the home folder",
  temp: "a temporary folder",
}

function problemOf({ problem, detail, fileSystemType }: FolderFacts): string {
  switch (problem) {
    case "network":
      return `it is on a network file system (${fileSystemType ?? "unknown"})`
    case "not-a-folder":
      return "it is not a folder"
    case "not-writable":
      return `it cannot be written to (${detail ?? "unknown"})`
    case "full":
      return "no space is left"
    case "foreign-owner":
    case "file-unusable":
      return detail ?? problem
    case null:
      return "it was not needed"
    default:
      return problem satisfies never
  }
}

/** Somebody asked for the first two, and data may stand in the others. What was merely tried is in the trace. */
function findingFor(place: FolderFacts): Finding | null {
  const { folder, origin, problem, detail, fileSystemType } = place
  const asked = origin === "url" || origin === "configured"
  if (problem === "network" && (asked || origin === "data")) {
    return finding("storage.network-filesystem", { folder, type: fileSystemType ?? "unknown" })
  }
  if (problem === "file-unusable") return finding("storage.file-unusable", { folder, detail: detail ?? "" })
  if (problem === null || problem === "network" || !asked) return null
  return finding("storage.not-writable", { folder, detail: problemOf(place) })
}

/** The SQLite candidates of one role: the file, and memory in case that the file fails. */
export function sqliteCandidates(
  role: SqliteCandidate["role"],
  storage: Storage,
  facts: HostFacts,
  why: string,
): readonly SqliteCandidate[] {
  const { place } = storage
  const memory: SqliteCandidate = {
    kind: "sqlite",
    role,
    file: ":memory:",
    durability: "memory",
    lastResort: place !== null,
    copyFile: role === "fallback" ? copyFileAt(place) : null,
    reason:
      place === null ? `${why}; ${memoryReason(facts)}.` : "Only in case that the file cannot be opened.",
  }
  if (place === null) return [Object.freeze(memory)]
  const file = fileFor(role, place, facts)
  const reason = `${why}; ${place.folder} is ${ORIGINS[place.origin]} and ${place.durability}: ${place.why}.`
  const { durability } = place
  const candidate: SqliteCandidate = { ...memory, file, durability, lastResort: false, reason }
  return [Object.freeze(candidate), Object.freeze(memory)]
}

/** What cannot be looked into now may hold a copy. */
function copyFileAt(place: FolderFacts | null): string | null {
  const fallback = place?.files[FALLBACK_FILE]
  return fallback !== undefined && (fallback.primarySeen || fallback.kind === "unreadable")
    ? fallback.file
    : null
}

function fileFor(role: SqliteCandidate["role"], place: FolderFacts, facts: HostFacts): string {
  if (place.origin === "url" && facts.urlFile !== null) return facts.urlFile
  return join(place.folder, role === "embedded" ? EMBEDDED_FILE : FALLBACK_FILE)
}

/** What is to be said of the place that SQLite got. */
export function storageFindings(storage: Storage, facts: HostFacts): readonly Finding[] {
  const { place } = storage
  if (place !== null) {
    const { folder, why, durability, problem } = place
    return [
      ...(problem === "full" ? [finding("storage.full", { folder })] : []),
      ...(durability === "ephemeral" ? [finding("storage.ephemeral", { folder, why })] : []),
    ]
  }
  const memory = finding("storage.memory", { why: memoryReason(facts) })
  if (facts.urlFile === ":memory:") return [memory]
  return [
    finding("storage.no-folder", { tried: facts.places.map(({ folder }) => folder).join(", ") }),
    memory,
  ]
}

function memoryReason(facts: HostFacts): string {
  return facts.urlFile === ":memory:" ? "DATABASE_URL asks for it" : "no folder can be used"
}

/**
 * The embedded file whose rows PostgreSQL has never had, if there is one. Where it could not be looked into, it
 * counts as holding rows: hiding somebody's data is worse than serving an empty file.
 */
export function leftBehind(storage: Storage): FileFacts | null {
  const embedded = storage.place?.files[EMBEDDED_FILE]
  const fallback = storage.place?.files[FALLBACK_FILE]
  if (embedded === undefined || embedded.userRows === "none" || fallback?.primarySeen === true) return null
  return embedded
}

/** Rows of a fallback that PostgreSQL never saw, and that were not kept to be handed back: a person must do it. */
export function notReturned(storage: Storage): readonly Finding[] {
  const fallback = storage.place?.files[FALLBACK_FILE]
  if (fallback?.userRows !== "some" || fallback.primarySeen || fallback.journal !== "none") return []
  return [finding("data.not-returned", { file: fallback.file })]
}

/** The fallback's file, if it holds writes that are to be handed back. */
export function owedFile(storage: Storage): string | null {
  const fallback = storage.place?.files[FALLBACK_FILE]
  return fallback?.journal === "owed" ? fallback.file : null
}

/** What is owed stays where the plan has no fallback, or no primary: nothing hands it back then. */
export function stranded(storage: Storage): readonly Finding[] {
  const file = owedFile(storage)
  return file === null ? [] : [finding("journal.stranded", { file })]
}
