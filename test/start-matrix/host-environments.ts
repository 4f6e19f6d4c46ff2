import { EMBEDDED, fallback, readOnlyFallback } from "./expectations.ts"
import type { Expectation, StartEnvironment } from "./start-environment.ts"

const CLOSED_URL = "postgresql://tasks:{canary}@{closed}/app"

/** The variables that each host really sets in a running service. PORT is the runner's. */
const HOSTS = {
  "a Space": {
    SYSTEM: "spaces",
    SPACE_ID: "someone/tasks",
    SPACE_AUTHOR_NAME: "someone",
    SPACE_REPO_NAME: "tasks",
    SPACE_TITLE: "Tasks",
    SPACE_HOST: "someone-tasks.hf.space",
    SPACE_CREATOR_USER_ID: "6032802e1f993496bc14d9e3",
    CPU_CORES: "2",
    MEMORY: "16Gi",
  },
  Render: {
    RENDER: "true",
    RENDER_SERVICE_ID: "srv-cab1234567890",
    RENDER_SERVICE_NAME: "tasks",
    RENDER_SERVICE_TYPE: "web",
    RENDER_INSTANCE_ID: "srv-cab1234567890-abcde",
    RENDER_EXTERNAL_HOSTNAME: "tasks.onrender.com",
    RENDER_EXTERNAL_URL: "https://tasks.onrender.com",
    RENDER_GIT_BRANCH: "main",
    IS_PULL_REQUEST: "false",
  },
  Railway: {
    RAILWAY_ENVIRONMENT: "production",
    RAILWAY_ENVIRONMENT_ID: "0b1a2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
    RAILWAY_ENVIRONMENT_NAME: "production",
    RAILWAY_PROJECT_ID: "1b1a2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
    RAILWAY_PROJECT_NAME: "tasks",
    RAILWAY_SERVICE_ID: "2b1a2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
    RAILWAY_SERVICE_NAME: "tasks",
    RAILWAY_REPLICA_ID: "3b1a2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
    RAILWAY_PRIVATE_DOMAIN: "tasks.railway.internal",
    RAILWAY_PUBLIC_DOMAIN: "tasks.up.railway.app",
  },
  Fly: {
    FLY_APP_NAME: "tasks",
    FLY_MACHINE_ID: "148e123c456789",
    FLY_ALLOC_ID: "148e123c456789",
    FLY_REGION: "ams",
    FLY_PRIVATE_IP: "fdaa:0:1:a7b:1::2",
    FLY_PUBLIC_IP: "2001:db8::2",
    FLY_VM_MEMORY_MB: "256",
    PRIMARY_REGION: "ams",
  },
  Heroku: { DYNO: "web.1", STACK: "heroku-24", WEB_CONCURRENCY: "2", WEB_MEMORY: "512" },
  Kubernetes: {
    KUBERNETES_SERVICE_HOST: "10.96.0.1",
    KUBERNETES_SERVICE_PORT: "443",
    KUBERNETES_SERVICE_PORT_HTTPS: "443",
    KUBERNETES_PORT: "tcp://10.96.0.1:443",
    KUBERNETES_PORT_443_TCP: "tcp://10.96.0.1:443",
    HOSTNAME: "tasks-6d4cf56db6-abcde",
    // What an old service named "postgres" in the same name space adds: an address, and no URL.
    POSTGRES_PORT: "tcp://10.96.12.7:5432",
    POSTGRES_SERVICE_HOST: "10.96.12.7",
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>

/** Hosts that may run several instances take no writes into files of their own. */
const refusedOn = (name: keyof typeof HOSTS): Expectation =>
  name === "a Space" ? fallback("primary.refused") : readOnlyFallback("primary.refused")

/** One of each policy runs with all tests. */
const PLAINLY: ReadonlySet<keyof typeof HOSTS> = new Set(["a Space", "Kubernetes"])

const NAMES = Object.keys(HOSTS) as (keyof typeof HOSTS)[]

/** As each host starts a service, with its own variables. */
export const HOST_ENVIRONMENTS: readonly StartEnvironment[] = [
  ...NAMES.map((name): StartEnvironment => ({
    name: `on ${name}, a closed port`,
    ...(PLAINLY.has(name) ? {} : { long: true }),
    env: { ...HOSTS[name], HOME: "{home}", DATABASE_URL: CLOSED_URL },
    expect: refusedOn(name),
  })),
  {
    name: "on a Space, a secret that was not set",
    env: { ...HOSTS["a Space"], DATABASE_URL: "$DATABASE_URL" },
    expect: { ...fallback("url.unresolved-reference"), findings: ["storage.ephemeral"] },
  },
  {
    name: "on a Space, nothing set, as its user",
    env: { ...HOSTS["a Space"], HOME: "{home}" },
    unprivileged: true,
    expect: { ...EMBEDDED, findings: ["storage.ephemeral"] },
  },
  {
    name: "on a Space, the direct host of a paused Supabase project",
    long: true,
    env: {
      ...HOSTS["a Space"],
      DATABASE_URL: "postgresql://postgres:{canary}@db.abcdefghijklmnop.supabase.invalid:5432/postgres",
      DATABASE_CONNECT_TIMEOUT: "15s",
    },
    expect: fallback("primary.dns"),
  },
  {
    name: "on Railway, a reference that was not resolved",
    long: true,
    env: { ...HOSTS.Railway, DATABASE_URL: "${{Postgres.DATABASE_URL}}" },
    expect: readOnlyFallback("url.unresolved-reference"),
  },
  {
    name: "on Heroku, writes allowed",
    long: true,
    env: { ...HOSTS.Heroku, DATABASE_URL: CLOSED_URL, DATABASE_FALLBACK: "read-write" },
    expect: fallback("primary.refused"),
  },
  {
    name: "on Kubernetes, no fallback",
    env: {
      ...HOSTS.Kubernetes,
      DATABASE_URL: CLOSED_URL,
      DATABASE_FALLBACK: "off",
      DATABASE_STATEMENT_TIMEOUT: "2s",
    },
    expect: { state: "fallback", engine: null, reason: "primary.refused", takes: "nothing" },
  },
  {
    name: "in Docker, a closed port",
    long: true,
    needs: ["own-mounts"],
    env: { HOME: "/root", HOSTNAME: "0123456789ab", PATH: "/usr/bin:/bin", DATABASE_URL: CLOSED_URL },
    ownMounts: true,
    // Docker's mark is a file in the root folder: one that is there, as this name space sees it.
    shell:
      "mkdir -p root; mount --bind / root; mount -t tmpfs none root/run; : > root/run/.containerenv; mount --bind root/run /run",
    expect: fallback("primary.refused"),
  },
]
