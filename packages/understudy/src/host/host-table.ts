import type { Environment } from "../environment/environment.ts"
import type { Machine } from "./machine.ts"

/** The kind of host a service runs on. */
export type HostKind = "space" | "render" | "railway" | "fly" | "heroku" | "kubernetes" | "docker" | "local"

/** What is known of a kind of host. */
export interface HostProfile {
  readonly kind: HostKind
  /** As people call it. */
  readonly name: string
  /** Is its root file system thrown away at a restart or a deploy? */
  readonly ephemeralRoot: boolean
  /** Then each instance would fall back by itself. */
  readonly mayHaveSeveralInstances: boolean
  /** The fallback policy where DATABASE_FALLBACK says nothing. */
  readonly defaultFallback: "read-only" | "read-write"
  /** Folders at which the host's users mount durable disks. */
  readonly durableFolders: readonly string[]
  /** Ports the host lets out to any address; null where it is not known to block. */
  readonly outboundPorts: readonly number[] | null
  /** How the port to listen on comes about. */
  readonly portNote: string
  readonly notes: readonly string[]
}

const several = { mayHaveSeveralInstances: true, defaultFallback: "read-only" } as const
const single = { mayHaveSeveralInstances: false, defaultFallback: "read-write" } as const

/** Every kind of host, most specific first: a Space is also a container on Kubernetes. */
export const HOSTS: Readonly<Record<HostKind, HostProfile>> = {
  space: {
    kind: "space",
    name: "Hugging Face Space",
    ephemeralRoot: true,
    ...single,
    durableFolders: ["/data"],
    outboundPorts: [80, 443, 8080],
    portNote: "PORT is not set by the host; app_port in the Space's README says which one, 7860 by default.",
    notes: [
      "The disk is empty after every restart, sleep and push.",
      "A bucket mounted as a volume keeps snapshots, not a live database.",
      "IPv6 does not work.",
    ],
  },
  render: {
    kind: "render",
    name: "Render",
    ephemeralRoot: true,
    ...several,
    durableFolders: ["/var/data", "/data"],
    outboundPorts: null,
    portNote: "PORT is set by the host, 10000 by default.",
    notes: ["Only a mounted persistent disk survives a deploy; a service with one has a single instance."],
  },
  railway: {
    kind: "railway",
    name: "Railway",
    ephemeralRoot: true,
    ...several,
    durableFolders: ["/data"],
    outboundPorts: null,
    portNote: "PORT is set by the host.",
    notes: ["Only a volume survives a deploy; RAILWAY_VOLUME_MOUNT_PATH names it."],
  },
  fly: {
    kind: "fly",
    name: "Fly.io",
    ephemeralRoot: true,
    ...several,
    durableFolders: ["/data"],
    outboundPorts: null,
    portNote: "internal_port in fly.toml must be the port listened on.",
    notes: ["Only a volume survives a restart of the machine; each machine has its own."],
  },
  heroku: {
    kind: "heroku",
    name: "Heroku",
    ephemeralRoot: true,
    ...several,
    durableFolders: [],
    outboundPorts: null,
    portNote: "PORT is set by the host.",
    notes: ["A dyno has no durable disk and restarts at least once a day."],
  },
  kubernetes: {
    kind: "kubernetes",
    name: "Kubernetes",
    ephemeralRoot: true,
    ...several,
    durableFolders: ["/data"],
    outboundPorts: null,
    portNote: "containerPort and the probes must name the port listened on.",
    notes: ["Only a persistent volume survives the pod; an emptyDir does not."],
  },
  docker: {
    kind: "docker",
    name: "container",
    ephemeralRoot: true,
    ...single,
    durableFolders: ["/data"],
    outboundPorts: null,
    portNote: "Publish the port listened on.",
    notes: ["Only a volume or a bind mount survives the container."],
  },
  local: {
    kind: "local",
    name: "this machine",
    ephemeralRoot: false,
    ...single,
    durableFolders: [],
    outboundPorts: null,
    portNote: "Any free port.",
    notes: [],
  },
}

const MARKERS = [
  ["space", "SPACE_ID"],
  ["render", "RENDER"],
  ["render", "RENDER_SERVICE_ID"],
  ["railway", "RAILWAY_ENVIRONMENT_ID"],
  ["railway", "RAILWAY_PROJECT_ID"],
  ["railway", "RAILWAY_SERVICE_ID"],
  ["fly", "FLY_MACHINE_ID"],
  ["fly", "FLY_APP_NAME"],
  ["heroku", "DYNO"],
  ["kubernetes", "KUBERNETES_SERVICE_HOST"],
] as const

const CONTAINER_FILES = ["/.dockerenv", "/run/.containerenv"] as const

/** Which kind of host this is, and what it was known by. A `.env` file has no say in it. */
export function detectHost(
  environment: Environment,
  machine: Pick<Machine, "exists">,
): { readonly host: HostProfile; readonly detectedBy: string | null } {
  const given = (name: (typeof MARKERS)[number][1] | "SYSTEM"): string | undefined =>
    environment.fromDotEnv.includes(name) ? undefined : environment.values[name]

  for (const [kind, variable] of MARKERS) {
    if (given(variable) !== undefined) return { host: HOSTS[kind], detectedBy: variable }
    if (kind === "space" && given("SYSTEM") === "spaces") return { host: HOSTS.space, detectedBy: "SYSTEM" }
  }
  const file = CONTAINER_FILES.find((path) => machine.exists(path))
  return file === undefined
    ? { host: HOSTS.local, detectedBy: null }
    : { host: HOSTS.docker, detectedBy: file }
}
