import { join } from "node:path"
import { lookAtFile } from "./file-facts.ts"
import type { FileFacts, FolderFacts, FolderProblem } from "./host-facts.ts"
import type { Machine } from "./machine.ts"
import { classifyMount, mountOf, type Mount } from "./mounts.ts"
import type { Place } from "./places.ts"
import { proveFolder, type ProofOptions } from "./probe-folder.ts"
import { resolvePath } from "./resolve-path.ts"

/** What is found by looking at a place itself. */
export type PlaceLook = Omit<FolderFacts, "origin" | "folder" | "durability" | "why">

/** Proves a place and looks at the files there. Never throws, and waits for no server. `keep`: see {@link ProofOptions}. */
export function lookAtPlace(
  place: Place,
  machine: Machine,
  mounts: readonly Mount[],
  { keep = true }: Pick<ProofOptions, "keep"> = {},
): PlaceLook {
  const mount = mountOf(resolvePath(place.folder, mounts), mounts)
  const fileSystem = classifyMount(mount)
  const look = (
    usable: boolean,
    problem: FolderProblem | null,
    detail: string | null,
    files: Readonly<Record<string, FileFacts>> = {},
  ): PlaceLook => ({ fileSystem, fileSystemType: mount?.type ?? null, usable, problem, detail, files })

  // Not even touched: a server that does not answer would hold the whole process.
  if (fileSystem === "network") return look(false, "network", mount?.type ?? null)
  if (place.within !== undefined && !machine.exists(place.within))
    return look(false, "not-a-folder", "ENOENT")

  const ownerUid = place.origin === "temp" ? machine.uid : null
  const proof = proveFolder(place.folder, { ownerUid, keep })
  if (proof.problem !== null && proof.problem !== "full") return look(false, proof.problem, proof.detail)

  const paths = place.fileNames.map((name) => [name, join(place.folder, name)] as const)
  const remote = paths.find(
    ([, path]) => classifyMount(mountOf(resolvePath(path, mounts), mounts)) === "network",
  )
  if (remote !== undefined) return look(false, "file-unusable", `${remote[1]} leads to a network file system`)

  const files = Object.freeze(Object.fromEntries(paths.map(([name, path]) => [name, lookAtFile(path)])))
  const bad = Object.values(files).find(({ kind, writable }) => kind === "blocked" || !writable)
  if (bad !== undefined) {
    const what = bad.kind === "blocked" ? "is not a file" : "cannot be written"
    return look(false, "file-unusable", `${bad.file} ${what}`, files)
  }
  const holds = Object.values(files).some(({ kind }) => kind === "database" || kind === "unreadable")
  return look(proof.problem === null || holds, proof.problem, proof.detail, files)
}
