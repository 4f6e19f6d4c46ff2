import { positionOf, Notes, refusal, splitAt, type Refusal, type Slice } from "./notes.ts"
import { isDoubtful, isShownParam, makePostgresParts } from "./parts.ts"
import { findPlaceholder } from "./placeholders.ts"
import { referenceKind } from "./references.ts"
import { pairServers, readPlainHost, readPort } from "./servers.ts"
import { unwrapPassword, unwrapValue } from "./unwrap.ts"
import type { HostPort, PostgresParts, UrlVerdict } from "./verdict.ts"

/** The variables that say where PostgreSQL is; one of them alone says that PostgreSQL is wanted. */
const GROUP = ["PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE"] as const

/** The variables that become parameters. */
const PARAMS: ReadonlyArray<readonly [string, string]> = [
  ["PGHOSTADDR", "hostaddr"],
  ["PGSSLMODE", "sslmode"],
  ["PGSSLROOTCERT", "sslrootcert"],
  ["PGSSLCERT", "sslcert"],
  ["PGSSLKEY", "sslkey"],
  ["PGAPPNAME", "application_name"],
  ["PGOPTIONS", "options"],
  ["PGCONNECT_TIMEOUT", "connect_timeout"],
  ["PGTARGETSESSIONATTRS", "target_session_attrs"],
]

/** One variable that is set: its value without what surrounds it, and what was found in it. */
interface PgValue {
  readonly value: Slice
  readonly notes: Notes
}

type PgValues = ReadonlyMap<string, PgValue>

/** What is wrong, and in which variable. */
interface Stop {
  readonly name: string
  readonly refusal: Refusal
}

/**
 * The verdict of libpq's variables, which are read where no URL is set. Pure and total. `unset` where none says where
 * PostgreSQL is; refused with `url.pg-variables-partial` where host or user are missing: libpq would take a local
 * socket and the name of the operating system's user, which nobody means in a container.
 */
export function fromPgVariables(variables: Readonly<Record<string, string | undefined>>): UrlVerdict {
  const values = readValues(variables)
  if (!GROUP.some((name) => values.has(name))) return verdictOf(values, null)
  const stop = firstStop(values)
  if (stop !== null) return refuse(values, stop)
  const servers = readServers(values)
  if ("refusal" in servers) return refuse(values, servers)
  const textOf = (name: string): string | null => values.get(name)?.value.text ?? null
  const database = textOf("PGDATABASE")
  if (database === null) values.get("PGUSER")?.notes.add("url.database-missing", { variable: "PGDATABASE" })
  const params = PARAMS.flatMap(([name, key]): Array<[string, string]> => {
    const text = textOf(name)
    return text === null ? [] : [[key, text]]
  })
  const user = textOf("PGUSER")
  return verdictOf(
    values,
    makePostgresParts({ user, password: textOf("PGPASSWORD"), hosts: servers, database, params }),
  )
}

/** May the text of one of the variables be shown, whose parts these are? As much as any rendering of the parts shows. */
export function isShownPgVariable(name: string, parts: PostgresParts): boolean {
  if (name === "PGPASSWORD") return false
  const key = PARAMS.find(([variable]) => variable === name)?.[1]
  if (key === undefined || key === "hostaddr") return name === "PGUSER" || !isDoubtful(parts)
  return isShownParam(key, parts.params[key] ?? "")
}

/** The variables that are set and not blank. A password keeps its quotes: they may be part of it. */
function readValues(variables: Readonly<Record<string, string | undefined>>): PgValues {
  const values = new Map<string, PgValue>()
  for (const name of new Set([...GROUP, ...PARAMS.map(([variable]) => variable)])) {
    const text = variables[name]
    if (typeof text !== "string") continue
    const notes = new Notes(name)
    const given = { text, offset: 0 }
    const value = name === "PGPASSWORD" ? unwrapPassword(given, notes) : unwrapValue(given, notes)
    if (value.text !== "") values.set(name, { value, notes })
  }
  return values
}

/** The first thing that keeps the variables from being used: a reference, a placeholder, a NUL, a mixture, a lack. */
function firstStop(values: PgValues): Stop | null {
  for (const [name, { value }] of values) {
    if (referenceKind(value.text) !== null || isPlaceholder(name, values)) {
      return { name, refusal: refusal("url.placeholder", { part: "value", position: positionOf(value) }) }
    }
    if (value.text.includes("\0")) {
      return { name, refusal: refusal("url.not-a-url", { why: "it holds a NUL character" }) }
    }
    const what = whatIsMixed(name, value.text, values)
    if (what !== null) return { name, refusal: refusal("url.pg-variable-mixed", { what }) }
  }
  const absent = []
  if (!values.has("PGHOST") && !values.has("PGHOSTADDR")) absent.push("PGHOST")
  if (!values.has("PGUSER")) absent.push("PGUSER")
  if (absent.length === 0) return null
  const present = GROUP.filter((name) => values.has(name))
  const details = { present: inWords(present), absent: inWords(absent) }
  return { name: present[0] ?? "PGHOST", refusal: refusal("url.pg-variables-partial", details) }
}

/**
 * What a variable seems to hold besides its own part; null: nothing. libpq takes a PGDATABASE with an equals sign or a
 * scheme for a whole connection string, with its password.
 */
function whatIsMixed(name: string, text: string, values: PgValues): string | null {
  if (name === "PGDATABASE" && /=|:\/\//.test(text)) return "seems to hold a whole connection string"
  if (name === "PGUSER" && text.includes(":") && !values.has("PGPASSWORD"))
    return "seems to hold a user and a password"
  if (name === "PGUSER" || name === "PGDATABASE") return /\p{Cc}/u.test(text) ? "holds a line break" : null
  return null
}

function isPlaceholder(name: string, values: PgValues): boolean {
  const valueOf = (variable: string): Slice | null =>
    variable === name ? (values.get(variable)?.value ?? null) : null
  const host = valueOf("PGHOST")
  const found = findPlaceholder({
    user: valueOf("PGUSER"),
    password: valueOf("PGPASSWORD"),
    hosts: host === null ? [] : splitAt(host, ","),
    ports: [],
    database: valueOf("PGDATABASE"),
  })
  return found !== null
}

function readServers(values: PgValues): readonly HostPort[] | Stop {
  const name = values.has("PGHOST") ? "PGHOST" : "PGHOSTADDR"
  const list = values.get(name)?.value ?? { text: "", offset: 0 }
  const hosts: string[] = []
  for (const slice of splitAt(list, ",")) {
    const host = readPlainHost(slice)
    if (typeof host !== "string") return { name, refusal: host }
    hosts.push(host)
  }
  const port = values.get("PGPORT")?.value
  const ports: Array<number | null> = []
  for (const slice of port === undefined ? [] : splitAt(port, ",")) {
    const reading = readPort(slice)
    if (reading !== null && typeof reading !== "number") return { name: "PGPORT", refusal: reading }
    ports.push(reading)
  }
  const servers = pairServers(hosts, ports, port ?? list)
  return "code" in servers ? { name: "PGPORT", refusal: servers } : servers
}

function refuse(values: PgValues, { name, refusal: { code, details } }: Stop): UrlVerdict {
  values.get(name)?.notes.add(code, details)
  const findings = findingsOf(values)
  return Object.freeze({ verdict: "refused", dialect: null, parts: null, findings })
}

function verdictOf(values: PgValues, parts: PostgresParts | null): UrlVerdict {
  const findings = findingsOf(values)
  if (parts === null) return Object.freeze({ verdict: "unset", dialect: null, parts, findings })
  const repaired = [...values.values()].some(({ notes }) => notes.repaired)
  return Object.freeze({ verdict: repaired ? "repaired" : "ok", dialect: "postgresql", parts, findings })
}

function findingsOf(values: PgValues): UrlVerdict["findings"] {
  return Object.freeze([...values.values()].flatMap(({ notes }) => notes.list()))
}

function inWords(names: readonly string[]): string {
  return names.length === 1 ? `${names[0]} is` : `${names.slice(0, -1).join(", ")} and ${names.at(-1)} are`
}
