import type { LogLevel } from "../base/logger.ts"
import { readFolderText } from "../host/places.ts"
import { POSTGRES_PORT } from "../url/default-port.ts"
import { isPooler } from "../url/providers.ts"
import { CONFLICT_DEFINITION } from "./conflict-definition.ts"
import type { SettingDefinition } from "./definition.ts"
import { DEFAULT_HOST, DEFAULT_PORT } from "./listen-defaults.ts"
import { MIRROR_DEFINITIONS } from "./mirror-definitions.ts"
import { readChoice, readDuration, readInteger, readSwitch, renderDuration } from "./readers.ts"
import { readListenAddress, readNodeEnv, readSnapshotUrl, readToken } from "./server-readers.ts"
import type { EngineChoice, FallbackPolicy, RowValues, Synchronous } from "./settings.ts"

const MINUTE_MS = 60_000

/** Timers of the runtime hold no more than 2^31 - 1 milliseconds; a day is enough. */
const LONGEST_MS = 24 * 60 * MINUTE_MS

const ENGINES: readonly EngineChoice[] = ["auto", "postgresql", "sqlite"]
const POLICIES: readonly FallbackPolicy[] = ["off", "read-only", "read-write"]
const LEVELS: readonly (LogLevel | "trace" | "fatal" | "silent")[] = [
  "trace",
  "debug",
  "info",
  "warn",
  "error",
  "fatal",
  "silent",
]
const SYNCHRONOUS: readonly Synchronous[] = ["normal", "full"]

type Definitions = { readonly [K in keyof RowValues]: SettingDefinition<RowValues[K]> }
type Texts = Pick<SettingDefinition<unknown>, "variable" | "meaning">

function duration(
  texts: Texts,
  defaultMs: number,
  leastMs: number,
  mostMs = LONGEST_MS,
): SettingDefinition<number> {
  return {
    ...texts,
    defaultText: `\`${renderDuration(defaultMs)}\``,
    read: (text) => readDuration(text, leastMs, mostMs),
    default: () => ({ value: defaultMs }),
    render: renderDuration,
  }
}

const shown = (secret: unknown): string => (secret === null ? "not set" : "***")

/** Every setting but DATABASE_URL, one entry each. */
export const DEFINITIONS: Definitions = {
  nodeEnv: {
    variable: "NODE_ENV",
    defaultText: "`development`; `production` on a detected host",
    meaning: "`production`, `development` or `test`; `.env` is read outside production only",
    read: readNodeEnv,
    default: ({ environment, hostFacts: { host } }) => {
      if (host.kind === "local") return { value: "development" }
      // A .env file stands in somebody's workshop, even in a container: a host that is known by its variables
      // would have kept it from being read.
      if (environment.dotEnv) return { value: "development", why: "there is a .env file" }
      return { value: "production", why: `on a ${host.name}` }
    },
    render: String,
  },
  engine: {
    variable: "DATABASE_ENGINE",
    defaultText: "`auto`",
    meaning: "`auto`; `postgresql`: never fall back; `sqlite`: never dial",
    read: (text) => readChoice(text, ENGINES),
    default: () => ({ value: "auto" }),
    render: String,
  },
  fallback: {
    variable: "DATABASE_FALLBACK",
    defaultText:
      "`read-write` on a Space, in Docker, locally; `read-only` on Kubernetes, Render, Railway, Fly, Heroku; `off` when `NODE_ENV=test`",
    meaning:
      "what SQLite does while PostgreSQL is wanted and does not serve: `off`, `read-only`, `read-write`",
    read: (text) => readChoice(text, POLICIES),
    default: ({ nodeEnv, hostFacts: { host } }) => {
      if (nodeEnv === "test") return { value: "off", why: "NODE_ENV is test" }
      const why = host.mayHaveSeveralInstances
        ? `${host.name} may run several instances`
        : host.kind === "local"
          ? `on ${host.name}`
          : `on a ${host.name}`
      return { value: host.defaultFallback, why }
    },
    render: String,
  },
  fallbackAfterMs: duration(
    {
      variable: "DATABASE_FALLBACK_AFTER",
      meaning: "how long writes wait after the primary is down before SQLite takes them",
    },
    1000,
    0,
    10 * MINUTE_MS,
  ),
  path: {
    variable: "DATABASE_PATH",
    defaultText: "chosen: a durable volume, `./data`, the home folder, the temporary folder",
    meaning: "the folder of the SQLite files",
    read: (text, { hostFacts }) => {
      const read = readFolderText(text, hostFacts)
      return "rule" in read ? read : { value: read.folder }
    },
    default: () => ({ value: null }),
    render: (folder) => folder ?? "chosen",
  },
  poolMax: {
    variable: "DATABASE_POOL_MAX",
    defaultText: "10; 5 where the server is a pooler",
    meaning: "how many connections to PostgreSQL at most, all counted; at least 3",
    read: (text) => readInteger(text, 3, 1000),
    default: ({ database }) => {
      const hosts = database.dialect === "postgresql" ? database.parts.hosts : []
      if (hosts.some(({ host, port }) => isPooler(host, port ?? POSTGRES_PORT)))
        return { value: 5, why: "the server is a pooler" }
      return { value: 10 }
    },
    render: String,
  },
  connectTimeoutMs: duration(
    { variable: "DATABASE_CONNECT_TIMEOUT", meaning: "how long PostgreSQL has to accept a connection" },
    3000,
    100,
    5 * MINUTE_MS,
  ),
  statementTimeoutMs: duration(
    { variable: "DATABASE_STATEMENT_TIMEOUT", meaning: "how long one statement may take" },
    30_000,
    10,
  ),
  synchronous: {
    variable: "DATABASE_SYNCHRONOUS",
    defaultText: "`full` in `fallback`, else `normal`",
    meaning: "SQLite's `synchronous`; `full` also survives power loss",
    read: (text) => readChoice(text, SYNCHRONOUS),
    default: () => ({ value: null }),
    render: (value) => value ?? "full in fallback, else normal",
  },
  conflicts: CONFLICT_DEFINITION,
  ...MIRROR_DEFINITIONS,
  echo: {
    variable: "DATABASE_ECHO",
    defaultText: "off; cannot be switched on in production",
    meaning: "logs SQL, parameters masked",
    read: (text, { production }) => {
      const read = readSwitch(text)
      if ("value" in read && read.value && production)
        return { rule: "it cannot be switched on in production" }
      return read
    },
    default: () => ({ value: false }),
    render: (value) => (value ? "on" : "off"),
  },
  snapshotUrl: {
    variable: "SNAPSHOT_URL",
    defaultText: "unset",
    meaning: "where snapshots of the SQLite database are kept: `file://`, `s3://`, `hf://`",
    read: readSnapshotUrl,
    default: () => ({ value: null }),
    render: shown,
  },
  snapshotIntervalMs: duration(
    { variable: "SNAPSHOT_INTERVAL", meaning: "how often a snapshot is taken" },
    MINUTE_MS,
    1000,
  ),
  host: {
    variable: "HOST",
    defaultText: `\`${DEFAULT_HOST}\``,
    meaning: "the address to listen on: an IP address of this machine",
    read: (text, { hostFacts }) => readListenAddress(text, hostFacts.addresses),
    default: () => ({ value: DEFAULT_HOST }),
    render: String,
  },
  port: {
    variable: "PORT",
    defaultText: String(DEFAULT_PORT),
    meaning: "the port to listen on; 0 takes any free one",
    read: (text) => readInteger(text, 0, 65_535),
    default: () => ({ value: DEFAULT_PORT }),
    render: String,
  },
  adminToken: {
    variable: "ADMIN_TOKEN",
    defaultText: "unset: admin routes and details are off",
    meaning: "opens the admin routes; at least 16 characters",
    read: readToken,
    default: () => ({ value: null }),
    render: shown,
  },
  logLevel: {
    variable: "LOG_LEVEL",
    defaultText: "`info`",
    meaning: "the least level that is logged",
    read: (text) => readChoice(text, LEVELS),
    default: () => ({ value: "info" }),
    render: String,
  },
}
