import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"

interface Locked {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly link?: boolean
  readonly inBundle?: boolean
  readonly hasInstallScript?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

interface Manifest {
  readonly allowScripts: Readonly<Record<string, boolean>>
}

const read = (file: string): unknown => JSON.parse(readFileSync(file, "utf8"))
const { packages } = read("package-lock.json") as { packages: Readonly<Record<string, Locked>> }
const { allowScripts } = read("package.json") as Manifest

const REGISTRY = /^https:\/\/registry\.npmjs\.org\/[^?#]+\.tgz$/
const INTEGRITY = /^sha512-[A-Za-z0-9+/]{86}==$/
const VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/
/** What asks for something else than a version of the registry. */
const ELSEWHERE =
  /^(git|git\+\w+|github|gitlab|bitbucket|gist|https?|ssh|file|link):|^[\w.-]+\/[\w.-]+(#.*)?$|@.*:.*\/|\.tgz$/

/** The package of a place in `node_modules`. */
const nameOf = (place: string): string => place.split("node_modules/").at(-1) ?? ""

/** Is one made for another machine than the other? Only the one that fits is installed. */
function isKin(one: string, other: string): boolean {
  return one.startsWith("@") && one.split("/")[0] === other.split("/")[0]
}

/** What is wrong with one locked package. */
function faultsOf(place: string, locked: Locked, allowed: Manifest["allowScripts"]): string[] {
  const faults: string[] = []
  const { dependencies, devDependencies, optionalDependencies, peerDependencies } = locked
  const wanted = { ...dependencies, ...devDependencies, ...optionalDependencies, ...peerDependencies }
  for (const [name, range] of Object.entries(wanted))
    if (ELSEWHERE.test(range)) faults.push(`${place}: ${name} comes from ${range}`)
  if (!place.includes("node_modules/")) return faults
  if (locked.link === true) {
    if (packages[locked.resolved ?? ""] === undefined) faults.push(`${place}: leads out of the workspace`)
    return faults
  }
  if (!VERSION.test(locked.version ?? "")) faults.push(`${place}: its version is ${locked.version}`)
  // Without an address it comes from the registry that is configured; what came is then held against the integrity.
  if (locked.resolved !== undefined && !REGISTRY.test(locked.resolved))
    faults.push(`${place}: is fetched from ${locked.resolved}`)
  if (!INTEGRITY.test(locked.integrity ?? "")) faults.push(`${place}: has no integrity of sha512`)
  if (locked.inBundle === true) faults.push(`${place}: came inside another package`)
  const isAllowed = Object.keys(allowed).some(
    (name) => allowed[name] === true && (name === nameOf(place) || isKin(name, nameOf(place))),
  )
  if (locked.hasInstallScript === true && !isAllowed)
    faults.push(`${place}: runs a script when it is installed`)
  return faults
}

test("promise 5: every locked package is the registry's, has its sum, and runs no script that was not allowed", () => {
  expect(Object.keys(packages).length).toBeGreaterThan(200)
  expect(
    Object.entries(packages).flatMap(([place, locked]) => faultsOf(place, locked, allowScripts)),
  ).toEqual([])
})

test("every script that is allowed is still there", () => {
  const withScript = Object.entries(packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([place]) => nameOf(place))
  for (const name of Object.keys(allowScripts)) expect(withScript).toContain(name)
})

describe("the check finds", () => {
  const good: Locked = { version: "1.2.3", integrity: `sha512-${"A".repeat(86)}==` }
  test("nothing wrong with a good one", () => {
    expect(faultsOf("node_modules/a", good, {})).toEqual([])
    const resolved = "https://registry.npmjs.org/a/-/a-1.2.3.tgz"
    expect(faultsOf("node_modules/a", { ...good, resolved }, {})).toEqual([])
  })

  test.each<[string, Locked]>([
    ["no integrity", { version: "1.2.3" }],
    ["a weak integrity", { ...good, integrity: "sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAA=" }],
    ["a version that is an address", { ...good, version: "git+ssh://git@github.com/a/b.git#c" }],
    ["another registry", { ...good, resolved: "https://registry.example.com/a/-/a-1.2.3.tgz" }],
    ["a plain address", { ...good, resolved: "http://registry.npmjs.org/a/-/a-1.2.3.tgz" }],
    ["a link out of the workspace", { link: true, resolved: "../elsewhere" }],
    ["a bundled package", { ...good, inBundle: true }],
    ["a script", { ...good, hasInstallScript: true }],
    ...["git+https://h/r.git", "github:a/b", "a/b#main", "https://h/a.tgz", "http://h/a", "file:../a"].map(
      (range): [string, Locked] => [`a dependency on ${range}`, { ...good, dependencies: { b: range } }],
    ),
  ])("%s", (_name, locked) => {
    expect(faultsOf("node_modules/a", locked, {})).toHaveLength(1)
  })

  test("no fault in ranges of the registry", () => {
    const dependencies = { a: "^1.0.0", b: ">=1 <3", c: "*", d: "1.x || 2", e: "npm:f@1.0.0", g: "latest" }
    expect(faultsOf("node_modules/a", { ...good, dependencies }, {})).toEqual([])
  })

  test("no fault in a script that is allowed", () => {
    const locked = { ...good, hasInstallScript: true }
    expect(faultsOf("node_modules/a", locked, { a: true })).toEqual([])
    expect(faultsOf("node_modules/a", locked, { a: false })).toHaveLength(1)
    expect(faultsOf("node_modules/a", locked, { ab: true })).toHaveLength(1)
    expect(faultsOf("node_modules/@a/linux", locked, { "@a/darwin": true })).toEqual([])
    expect(faultsOf("node_modules/@a/linux", locked, { "@b/linux": true })).toHaveLength(1)
  })
})
