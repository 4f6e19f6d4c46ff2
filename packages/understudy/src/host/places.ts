import { createHash } from "node:crypto"
import { basename, dirname, isAbsolute, join, resolve } from "node:path"
import type { PlaceOrigin } from "./host-facts.ts"
import type { HostProfile } from "./host-table.ts"
import type { Machine } from "./machine.ts"

/** The two files Understudy keeps in its folder. */
export const EMBEDDED_FILE = "embedded.sqlite"

/** See {@link EMBEDDED_FILE}. */
export const FALLBACK_FILE = "fallback.sqlite"

/** A folder to consider, and the files wanted there. */
export interface Place {
  readonly origin: PlaceOrigin
  readonly folder: string
  readonly fileNames: readonly string[]
  /** A folder above it that is not made when missing: for `nobody` the home folder would be `/nonexistent`. */
  readonly within?: string
}

/** What became of a folder's text: the absolute folder, or the rule it breaks. */
export type FolderText = { readonly folder: string } | { readonly rule: string }

type Ground = Pick<Machine, "workingFolder" | "homeFolder">

/** Reads the text of DATABASE_PATH: relative to the working folder, `~/` is the home folder. Total. */
export function readFolderText(text: string, ground: Ground): FolderText {
  const trimmed = text.trim()
  if (trimmed === "") return { rule: "it is blank" }
  // oxlint-disable-next-line no-control-regex -- a control character is what is looked for
  if (/[\u0000-\u001f\u007f]/.test(trimmed)) return { rule: "it holds a control character" }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) || /^(sqlite|file):/i.test(trimmed)) {
    return { rule: "it is a URL; a folder is wanted (a SQLite URL belongs in DATABASE_URL)" }
  }
  if (/\.(db|db3|sqlite|sqlite3)$/i.test(trimmed)) {
    return { rule: "it names a file; a folder is wanted (a file belongs in DATABASE_URL)" }
  }
  return { folder: absolutePath(trimmed, ground) }
}

/** The absolute path of a text: relative to the working folder, `~/` is the home folder. */
export function absolutePath(text: string, ground: Ground): string {
  if (/^~(\/|$)/.test(text) && ground.homeFolder !== null)
    return resolve(ground.homeFolder, `.${text.slice(1)}`)
  return resolve(ground.workingFolder, text)
}

/** What the candidates are made of. */
export interface PlacesInput {
  readonly machine: Machine
  readonly host: HostProfile
  /** DATABASE_PATH's folder, absolute; null where none is asked for. */
  readonly configured: string | null
  /** The file of a SQLite URL, absolute; null where there is none. */
  readonly urlFile: string | null
  /** RAILWAY_VOLUME_MOUNT_PATH; null where there is none. */
  readonly volume: string | null
  isDurable(folder: string): boolean
}

/**
 * The folders to consider, in order: the SQLite URL's, the configured one, a durable volume, `./data`, the home
 * folder, the temporary folder. In a container a durable one of these goes first.
 */
export function listPlaces(input: PlacesInput): readonly Place[] {
  const { machine, host } = input
  const both = [EMBEDDED_FILE, FALLBACK_FILE]
  const chosen: Place[] = []
  const place = (origin: PlaceOrigin, folder: string): Place => ({ origin, folder, fileNames: both })

  if (input.urlFile !== null) {
    chosen.push({ origin: "url", folder: dirname(input.urlFile), fileNames: [basename(input.urlFile)] })
  }
  if (input.configured !== null) chosen.push(place("configured", input.configured))

  const volumes = [...(input.volume === null ? [] : [input.volume]), ...host.durableFolders]
    .filter((folder) => isAbsolute(folder) && input.isDurable(folder))
    .map((folder) => place("volume", folder))
  const own = [place("data", join(machine.workingFolder, "data")), ...homePlaces(machine, both)]
  if (host.ephemeralRoot)
    own.sort((a, b) => Number(input.isDurable(b.folder)) - Number(input.isDurable(a.folder)))

  const user = machine.uid === null ? "" : `-${machine.uid}`
  const temp = place("temp", join(machine.tempFolder, `understudy${user}-${slugOf(machine.workingFolder)}`))
  return withoutRepeats([...chosen, ...volumes, ...own, temp])
}

function homePlaces({ homeFolder, workingFolder }: Machine, fileNames: readonly string[]): Place[] {
  if (homeFolder === null || !isAbsolute(homeFolder) || resolve(homeFolder) === "/") return []
  const folder = join(homeFolder, ".understudy", slugOf(workingFolder))
  return [{ origin: "home", folder, fileNames, within: homeFolder }]
}

/** Two programs of one user must not share a database: the folder is named after where the program stands. */
function slugOf(workingFolder: string): string {
  const name = basename(workingFolder).replaceAll(/[^\w.-]/g, "_") || "root"
  return `${name}-${createHash("sha256").update(workingFolder).digest("hex").slice(0, 8)}`
}

function withoutRepeats(places: readonly Place[]): readonly Place[] {
  const seen = new Set<string>()
  return places.filter(({ origin, folder }) => {
    if (origin !== "url" && seen.has(folder)) return false
    if (origin !== "url") seen.add(folder)
    return true
  })
}
