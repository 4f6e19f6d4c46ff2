import type { Environment } from "../environment/environment.ts"
import { validateDatabaseUrl } from "../url/validate.ts"
import { lifeOfFolder } from "./durability.ts"
import type { FolderFacts, HostFacts, NetworkMount } from "./host-facts.ts"
import { detectHost, type HostProfile } from "./host-table.ts"
import { thisMachine, type Machine } from "./machine.ts"
import { classifyMount, parseMounts, type Mount } from "./mounts.ts"
import { absolutePath, listPlaces, readFolderText } from "./places.ts"
import { lookAtPlace } from "./place-facts.ts"
import { resolvePath } from "./resolve-path.ts"

/** What looking leaves behind. */
export interface GatherOptions {
  /** Do folders that were made to prove them stay? Default: yes, for a service goes on to use one. */
  readonly keepFolders?: boolean
}

/**
 * Measures the machine. It takes a few milliseconds, writes nothing but the proof of a folder and never throws. The
 * folders are looked at in order, up to the first that can be used.
 */
export function gatherHostFacts(
  environment: Environment,
  machine: Machine = thisMachine(environment),
  { keepFolders = true }: GatherOptions = {},
): HostFacts {
  const { host, detectedBy } = detectHost(environment, machine)
  const mounts = parseMounts(machine.readText("/proc/mounts") ?? "")
  const urlFile = urlFileOf(environment, machine)
  return Object.freeze({
    host,
    detectedBy,
    inContainer: host.kind !== "local",
    workingFolder: machine.workingFolder,
    homeFolder: machine.homeFolder,
    uid: machine.uid,
    ipv6: machine.addresses.some(isGlobalIpv6),
    addresses: Object.freeze([...machine.addresses]),
    places: Object.freeze(
      urlFile === ":memory:"
        ? []
        : lookAtPlaces({ environment, machine, host, mounts, urlFile, keepFolders }),
    ),
    urlFile,
    networkMounts: Object.freeze(networkMounts(mounts)),
  })
}

/** The file that a SQLite URL names; null where DATABASE_URL is something else. */
function urlFileOf(environment: Environment, machine: Machine): string | null {
  const verdict = validateDatabaseUrl(environment.values.DATABASE_URL)
  if (verdict.dialect !== "sqlite") return null
  return verdict.parts.path === ":memory:" ? ":memory:" : absolutePath(verdict.parts.path, machine)
}

interface Surroundings extends Required<GatherOptions> {
  readonly environment: Environment
  readonly machine: Machine
  readonly host: HostProfile
  readonly mounts: readonly Mount[]
  readonly urlFile: string | null
}

function lookAtPlaces(surroundings: Surroundings): FolderFacts[] {
  const { environment, machine, host, mounts, urlFile, keepFolders } = surroundings
  const asked = environment.values.DATABASE_PATH
  const read = asked === undefined ? null : readFolderText(asked, machine)
  const temps = ["/tmp", "/var/tmp", machine.tempFolder]
  const life = (folder: string): ReturnType<typeof lifeOfFolder> =>
    lifeOfFolder(resolvePath(folder, mounts), mounts, host, temps)

  const facts: FolderFacts[] = []
  const places = listPlaces({
    machine,
    host,
    configured: read !== null && "folder" in read ? read.folder : null,
    urlFile,
    volume: environment.values.RAILWAY_VOLUME_MOUNT_PATH ?? null,
    isDurable: (folder) => life(folder).durability === "durable",
  })
  for (const place of places) {
    const { durability, why } = life(place.folder)
    const looked = lookAtPlace(place, machine, mounts, { keep: keepFolders })
    facts.push(Object.freeze({ origin: place.origin, folder: place.folder, durability, why, ...looked }))
    if (looked.usable) break
  }
  return facts
}

/** 2000::/3 is what the internet routes; the rest stays within a network. */
function isGlobalIpv6(address: string): boolean {
  return /^[23][0-9a-f]{3}:/i.test(address)
}

function networkMounts(mounts: readonly Mount[]): NetworkMount[] {
  return mounts
    .filter((mount) => classifyMount(mount) === "network")
    .map(({ folder, source, type }) => Object.freeze({ folder, source: withoutUserInfo(source), type }))
}

/** Sources such as `//user:password@server/share` are seen in mount tables. */
function withoutUserInfo(source: string): string {
  return source.replace(/[^/]*@/, "")
}
