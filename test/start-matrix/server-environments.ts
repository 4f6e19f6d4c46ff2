import { fallback, PRIMARY } from "./expectations.ts"
import type { ListenerName } from "./listeners.ts"
import type { ServerName } from "./servers.ts"
import type { StartEnvironment } from "./start-environment.ts"

const urlOf = (place: ListenerName | ServerName): string => `postgresql://tasks:{canary}@{${place}}/tasks`

/** A server that stops in the middle: the row is over when the time to connect is. */
function hanging(name: string, place: ListenerName, params = ""): StartEnvironment {
  return {
    name,
    env: { DATABASE_URL: `${urlOf(place)}${params}`, DATABASE_CONNECT_TIMEOUT: "1s" },
    expect: fallback("primary.timeout"),
  }
}

/** A table of host names of the row's own. */
function withHosts(...lines: readonly string[]): Pick<StartEnvironment, "shell" | "ownMounts"> {
  const all = ["127.0.0.1 localhost", ...lines]
  return {
    ownMounts: true,
    shell: `printf '%s\\n' ${all.map((line) => `'${line}'`).join(" ")} > hosts; mount --bind hosts /etc/hosts`,
  }
}

/** PostgreSQL is dialled, and what is there does not serve, or not at once. */
export const SERVER_ENVIRONMENTS: readonly StartEnvironment[] = [
  hanging("a server that hangs after it has refused TLS", "hangs-after-n"),
  hanging("a server that hangs after it has agreed to TLS", "hangs-after-s"),
  hanging(
    "a server that hangs after it has agreed to the TLS that is demanded",
    "hangs-after-s",
    "?sslmode=require",
  ),
  hanging("a server that hangs at the password", "hangs-at-password"),
  hanging("a server that hangs after the login", "hangs-after-login"),
  hanging("a server that hangs at the first query", "hangs-at-query"),
  {
    name: "a port that sends noise before it is asked",
    env: { DATABASE_URL: urlOf("noisy") },
    expect: fallback("primary.not-postgresql"),
  },
  {
    name: "a port that sends noise, TLS switched off",
    long: true,
    env: { DATABASE_URL: `${urlOf("noisy")}?sslmode=disable`, DATABASE_CONNECT_TIMEOUT: "1s" },
    expect: fallback("primary.timeout"),
  },
  {
    name: "a mail server's greeting in place of a login",
    long: true,
    env: { DATABASE_URL: urlOf("talks-nonsense"), DATABASE_CONNECT_TIMEOUT: "1s" },
    expect: fallback("primary.timeout"),
  },
  {
    name: "a web server, TLS switched off",
    long: true,
    env: { DATABASE_URL: `${urlOf("http")}?sslmode=disable` },
    expect: fallback("primary.disconnected"),
  },
  {
    name: "a server that asks for a login that nobody knows",
    env: { DATABASE_URL: urlOf("asks-unknown-login") },
    expect: fallback("primary.not-postgresql"),
  },
  {
    name: "a server that breaks off inside a message",
    env: { DATABASE_URL: urlOf("breaks-a-message") },
    expect: fallback("primary.not-postgresql"),
  },
  {
    name: "a server that breaks off inside a row",
    env: { DATABASE_URL: urlOf("breaks-a-row") },
    expect: fallback("primary.not-postgresql"),
  },
  {
    name: "a server that is starting up",
    env: { DATABASE_URL: urlOf("starting-up") },
    expect: fallback("primary.starting"),
  },
  {
    name: "a real server in recovery that takes no connections",
    long: true,
    env: { DATABASE_URL: urlOf("closed-standby") },
    expect: fallback("primary.starting"),
  },
  {
    name: "a real standby",
    env: { DATABASE_URL: urlOf("standby") },
    expect: fallback("primary.read-only"),
  },
  {
    name: "a real server whose connections are all taken",
    env: { DATABASE_URL: urlOf("crowded") },
    expect: fallback("primary.too-many-connections"),
  },
  {
    name: "an IPv6 address where nothing listens",
    needs: ["ipv6"],
    env: { DATABASE_URL: "postgresql://tasks:{canary}@{closed-ipv6}/app" },
    expect: fallback("primary.refused"),
  },
  {
    name: "a name that has an IPv6 address only, where nothing listens",
    long: true,
    needs: ["ipv6", "own-mounts"],
    env: { DATABASE_URL: "postgresql://tasks:{canary}@db.six.internal:{closed-port}/app" },
    ...withHosts("::1 db.six.internal"),
    expect: fallback("primary.refused"),
  },
  {
    name: "a name that has an address of each kind, IPv6 the first, where PostgreSQL listens on IPv4 only",
    long: true,
    needs: ["ipv6", "own-mounts"],
    env: { DATABASE_URL: "postgresql://tasks:{canary}@db.both.internal:{server-port}/{database}" },
    ...withHosts("::1 db.both.internal", "127.0.0.1 db.both.internal"),
    expect: PRIMARY,
  },
  {
    name: "a name that has two addresses, the first one dead",
    long: true,
    needs: ["own-mounts"],
    env: { DATABASE_URL: "postgresql://tasks:{canary}@db.two.internal:{server-port}/{database}" },
    ...withHosts("127.0.0.9 db.two.internal", "127.0.0.1 db.two.internal"),
    expect: PRIMARY,
  },
  {
    name: "localhost, which may have an address of each kind, where nothing listens",
    env: { DATABASE_URL: "postgresql://tasks:{canary}@localhost:{closed-port}/app" },
    expect: fallback("primary.refused"),
  },
  {
    name: "localhost by name, where PostgreSQL listens on IPv4 only",
    env: { DATABASE_URL: "postgresql://tasks:{canary}@localhost:{server-port}/{database}" },
    expect: PRIMARY,
  },
  {
    name: "several hosts, the first one dead",
    env: { DATABASE_URL: "postgresql://tasks:{canary}@{closed},{server}/{database}" },
    expect: PRIMARY,
  },
  {
    name: "several hosts, the first one's name unknown",
    long: true,
    env: {
      DATABASE_URL: "postgresql://tasks:{canary}@db.understudy.invalid,{server}/{database}",
      DATABASE_CONNECT_TIMEOUT: "15s",
    },
    expect: PRIMARY,
  },
  {
    name: "several hosts, the first one silent",
    long: true,
    env: { DATABASE_URL: "postgresql://tasks:{canary}@{silent},{server}/{database}" },
    expect: PRIMARY,
  },
  {
    name: "several hosts, the first one no PostgreSQL",
    env: { DATABASE_URL: "postgresql://tasks:{canary}@{asks-unknown-login},{server}/{database}" },
    expect: PRIMARY,
  },
  {
    name: "several hosts, all of them dead",
    env: { DATABASE_URL: "postgresql://tasks:{canary}@{slamming},{closed}/app" },
    expect: fallback("primary.refused"),
  },
]
