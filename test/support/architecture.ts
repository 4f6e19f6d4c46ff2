import { readFileSync } from "node:fs"
import { posix } from "node:path"
import { resolveImport, type SourceModule } from "./read-module.ts"

const LIBRARY = "packages/understudy/src/"
const MOST_LINES = 400

/** The numbers of ARCHITECTURE.md: an import leads to a smaller one, or stays in its folder. */
export const NUMBERS: Readonly<Record<string, number>> = {
  base: 0,
  errors: 1,
  url: 2,
  environment: 2,
  host: 3,
  settings: 4,
  plan: 5,
  engine: 6,
  journal: 7,
  ids: 7,
  migrate: 7,
  mirror: 8,
  replay: 8,
  snapshot: 8,
  promote: 8,
  failover: 9,
  session: 9,
  health: 10,
  doctor: 10,
  "open.ts": 11,
  "index.ts": 12,
  fastify: 13,
  testing: 13,
  drill: 14,
  cli: 15,
}

/** Who may touch the machine's files, and why. */
const MACHINE: Readonly<Record<string, string>> = {
  "host/": "it is the one to look at the machine",
  "environment/dot-env.ts": ".env is a part of the environment",
  "engine/sqlite/": "the database file is made, renamed and locked there",
  "engine/postgres/tls-files.ts": "sslrootcert and its kin name files",
  "testing/": "servers for tests have data folders",
  "drill/": "a drill has folders and processes of its own",
  "cli/": "a command reads and writes files that its user names",
}
const MACHINE_MODULE = /^node:(fs|fs\/promises|os|child_process)$/

/** What a user can import, as the package says. */
const PUBLIC_ENTRIES = Object.keys(
  (JSON.parse(readFileSync("packages/understudy/package.json", "utf8")) as { exports: object }).exports,
).map((entry) => posix.join("understudy-db", entry))

/** Every breach of the rules of ARCHITECTURE.md, as a line that names the file. */
export function breaches(modules: readonly SourceModule[]): string[] {
  return [...modules.flatMap(breachesOf), ...cycles(modules)]
}

function breachesOf(module: SourceModule): string[] {
  const { path } = module
  const found = path.startsWith(LIBRARY) ? inLibrary(module) : inApp(module)
  if (module.lines > MOST_LINES) found.push(`${path}: ${module.lines} lines, at most ${MOST_LINES}`)
  if (module.usesConsole && !path.startsWith(`${LIBRARY}cli/`)) found.push(`${path}: touches the console`)
  return found
}

function inLibrary(module: SourceModule): string[] {
  const { path } = module
  const inside = path.slice(LIBRARY.length)
  const own = folderOf(inside)
  const number = NUMBERS[own]
  if (number === undefined) return [`${path}: its place has no number`]
  const found = module.imports.flatMap((specifier) => edgeBreaches(path, own, number, specifier))
  if (module.usesProcessEnv && own !== "environment")
    found.push(`${path}: reads process.env outside environment/`)
  if (
    module.imports.some((specifier) => MACHINE_MODULE.test(specifier)) &&
    !Object.keys(MACHINE).some((place) => inside.startsWith(place))
  ) {
    found.push(`${path}: looks at the machine outside host/`)
  }
  if (/(^|\/)index\.ts$/.test(inside) && !module.onlyReExports)
    found.push(`${path}: an index file defines something`)
  return found
}

function edgeBreaches(path: string, own: string, number: number, specifier: string): string[] {
  const target = resolveImport(path, specifier)
  if (target === null) {
    return specifier.split("/")[0] === "understudy-db"
      ? [`${path}: imports its own package ${specifier}`]
      : []
  }
  if (!target.startsWith(LIBRARY)) return [`${path}: imports ${specifier}, outside the library`]
  const other = folderOf(target.slice(LIBRARY.length))
  const engines = `${path}>${target}`.match(/engine\/(postgres|sqlite)\/.*>.*engine\/(postgres|sqlite)\//)
  if (engines !== null && engines[1] !== engines[2]) return [`${path}: sibling edge to ${target}`]
  const reached = NUMBERS[other]
  if (reached === undefined) return [`${path}: imports ${target}, whose place has no number`]
  if (other === own || reached < number) return []
  return [`${path}: ${reached === number ? "sibling" : "upward"} edge to ${target}`]
}

function inApp(module: SourceModule): string[] {
  const root = module.path.split("/").slice(0, 2).join("/")
  return module.imports.flatMap((specifier) => {
    const target = resolveImport(module.path, specifier)
    const inner = specifier.split("/")[0] === "understudy-db" && !PUBLIC_ENTRIES.includes(specifier)
    if (inner || (target !== null && !target.startsWith(`${root}/`))) {
      return [`${module.path}: imports ${specifier}, which is no public entry`]
    }
    return []
  })
}

function folderOf(inside: string): string {
  return inside.split("/")[0] ?? inside
}

/** Each ring of imports once, as the way around it. */
function cycles(modules: readonly SourceModule[]): string[] {
  const edges = new Map(
    modules.map(({ path, imports }) => [path, imports.flatMap((entry) => resolveImport(path, entry) ?? [])]),
  )
  const done = new Set<string>()
  const way: string[] = []
  const found: string[] = []
  const visit = (path: string): void => {
    const start = way.indexOf(path)
    if (start >= 0) found.push(`cycle: ${[...way.slice(start), path].join(" > ")}`)
    if (start >= 0 || done.has(path)) return
    way.push(path)
    for (const target of edges.get(path) ?? []) visit(target)
    way.pop()
    done.add(path)
  }
  for (const path of edges.keys()) visit(path)
  return found
}
