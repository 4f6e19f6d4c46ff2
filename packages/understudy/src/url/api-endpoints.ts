/** A provider whose web address is mistaken for its database's. */
export interface ApiEndpoint {
  readonly provider: string
  /** Where the provider shows the right one. */
  readonly copy: string
}

interface ProviderEntry extends ApiEndpoint {
  /** Domains of the provider; their subdomains belong to them. */
  readonly domains: readonly string[]
}

const PROVIDERS: readonly ProviderEntry[] = [
  {
    provider: "Supabase",
    domains: ["supabase.co", "supabase.in", "supabase.com"],
    copy: "the connection string that Supabase shows under Connect",
  },
  {
    provider: "Neon",
    domains: ["neon.tech", "neon.com", "neon.build"],
    copy: "the connection string that Neon shows under Connect",
  },
  {
    provider: "Prisma",
    domains: ["prisma-data.net", "prisma.io", "prisma-data.com"],
    copy: "the direct connection string that Prisma's console shows",
  },
  {
    provider: "Turso",
    domains: ["turso.io", "turso.tech"],
    copy: "a PostgreSQL provider's connection string",
  },
  {
    provider: "Render",
    domains: ["render.com", "onrender.com"],
    copy: "the external database URL that Render shows for the database",
  },
  {
    provider: "Railway",
    domains: ["railway.app", "railway.com"],
    copy: "the value of DATABASE_PUBLIC_URL of Railway's PostgreSQL service",
  },
  {
    provider: "Heroku",
    domains: ["heroku.com", "herokuapp.com"],
    copy: "the value that `heroku config:get DATABASE_URL` prints",
  },
  {
    provider: "Fly.io",
    domains: ["fly.io", "fly.dev"],
    copy: "the connection string that Fly.io shows for the database",
  },
  {
    provider: "Aiven",
    domains: ["console.aiven.io", "api.aiven.io"],
    copy: "the service URI that Aiven shows",
  },
  {
    provider: "DigitalOcean",
    domains: ["cloud.digitalocean.com", "api.digitalocean.com", "ondigitalocean.app"],
    copy: "the connection string that DigitalOcean shows for the database",
  },
  {
    provider: "Crunchy Bridge",
    domains: ["crunchybridge.com"],
    copy: "the connection string that Crunchy Bridge shows",
  },
  { provider: "Xata", domains: ["xata.sh", "xata.io"], copy: "the PostgreSQL endpoint that Xata shows" },
  {
    provider: "CockroachDB Cloud",
    domains: ["cockroachlabs.cloud", "cockroachlabs.com"],
    copy: "the general connection string that CockroachDB Cloud shows",
  },
  {
    provider: "PlanetScale",
    domains: ["planetscale.com", "psdb.cloud"],
    copy: "the connection string that PlanetScale shows for a PostgreSQL database",
  },
  {
    provider: "Timescale",
    domains: ["timescale.com", "tigerdata.com"],
    copy: "the service URL that Timescale shows",
  },
  { provider: "Nile", domains: ["thenile.dev"], copy: "the connection string that Nile shows" },
  {
    provider: "Vercel",
    domains: ["vercel.com", "vercel.app", "vercel-storage.com"],
    copy: "the connection string that Vercel shows under Storage",
  },
  {
    provider: "Upstash",
    domains: ["upstash.io", "upstash.com"],
    copy: "a PostgreSQL provider's connection string",
  },
  { provider: "Nhost", domains: ["nhost.run", "nhost.io"], copy: "the connection string that Nhost shows" },
  {
    provider: "Hasura",
    domains: ["hasura.app", "hasura.io"],
    copy: "the connection string of the database behind Hasura",
  },
  {
    provider: "Amazon Web Services",
    domains: ["aws.amazon.com"],
    copy: "the endpoint of the RDS or Aurora database, as a URL",
  },
  {
    provider: "Google Cloud",
    domains: ["console.cloud.google.com", "googleapis.com", "firebaseio.com"],
    copy: "the address of the Cloud SQL or AlloyDB database, as a URL",
  },
  {
    provider: "Microsoft Azure",
    domains: ["portal.azure.com", "management.azure.com"],
    copy: "the connection string that Azure shows for the database",
  },
  {
    provider: "Hugging Face",
    domains: ["huggingface.co", "hf.space"],
    copy: "the connection string of a PostgreSQL provider",
  },
]

const BY_DOMAIN: ReadonlyMap<string, ProviderEntry> = new Map(
  PROVIDERS.flatMap((entry) => entry.domains.map((domain) => [domain, entry] as const)),
)

/** The authority's host and port; no user info, which a web address does not have. */
const AUTHORITY = /^([a-z0-9.-]{1,253})(?::(\d{1,5}))?(?:[/?#]|$)/i
const POSTGRES_PORTS: ReadonlySet<string> = new Set(["5432", "5433", "6543"])

/**
 * The provider whose web address stands after `https://`; null if it is none. With user info or a port of PostgreSQL it
 * is a database's address with a wrong scheme, and not meant here.
 */
export function apiEndpoint(afterSlashes: string): ApiEndpoint | null {
  const [, host = "", port = ""] = AUTHORITY.exec(afterSlashes) ?? []
  if (POSTGRES_PORTS.has(port)) return null
  const labels = host.toLowerCase().replace(/\.$/, "").split(".")
  for (let from = 0; from < labels.length - 1; from += 1) {
    const entry = BY_DOMAIN.get(labels.slice(from).join("."))
    if (entry !== undefined) return entry
  }
  return null
}
