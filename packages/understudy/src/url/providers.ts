/** Who stands behind a server's name, and what to know of it. */
export interface Provider {
  readonly name: string
  readonly advice: string
  /** Is it the provider's pooler? */
  readonly pooler?: true
  /** Has the name no IPv4 address? */
  readonly ipv6Only?: true
  /** Does it find the project by the user's name, `user.project`? */
  readonly projectInUser?: true
}

/** One kind of host name. */
interface ProviderEntry extends Provider {
  readonly host: RegExp
  /** Only at this port; at any where it is left out. */
  readonly port?: number
}

/** Ports on which PgBouncer and Supavisor listen by default. */
const POOLER_PORTS: ReadonlySet<number> = new Set([6432, 6543])

/** What stands on a host name is the provider's affair: the first entry that fits counts. */
const PROVIDERS: readonly ProviderEntry[] = [
  {
    name: "Neon, pooler",
    host: /-pooler\.[a-z0-9.-]+\.neon\.tech$/i,
    pooler: true,
    advice:
      "It pools by transaction and lets in thousands of clients. A database that slept takes up to a few seconds for the first connection: DATABASE_CONNECT_TIMEOUT=10s gives it the time.",
  },
  {
    name: "Neon, direct",
    host: /\.neon\.tech$/i,
    advice:
      "Each connection counts here; the pooler is the same name with -pooler after its first label. A database that slept takes up to a few seconds for the first connection: DATABASE_CONNECT_TIMEOUT=10s gives it the time.",
  },
  {
    name: "Supabase, dedicated pooler",
    host: /^db\.[a-z0-9]+\.supabase\.(?:co|com|in)$/i,
    port: 6543,
    pooler: true,
    ipv6Only: true,
    advice:
      "This name has an IPv6 address only, unless the IPv4 add-on was bought: where IPv6 does not work, copy the shared pooler's URL from the Connect page.",
  },
  {
    name: "Supabase, direct",
    host: /^db\.[a-z0-9]+\.supabase\.(?:co|com|in)$/i,
    ipv6Only: true,
    advice:
      "This name has an IPv6 address only, unless the IPv4 add-on was bought: where IPv6 does not work, copy the session pooler's URL from the Connect page. A free project is paused after a week without use.",
  },
  {
    name: "Supabase, transaction pooler",
    host: /\.pooler\.supabase\.com$/i,
    port: 6543,
    pooler: true,
    projectInUser: true,
    advice:
      "It is reached by IPv4, and its user is postgres.<ref>, with the project's reference. Its certificate is signed by Supabase's own CA: sslmode=require encrypts, and verify-full needs sslrootcert with the CA from the dashboard.",
  },
  {
    name: "Supabase, session pooler",
    host: /\.pooler\.supabase\.com$/i,
    pooler: true,
    projectInUser: true,
    advice:
      "It is reached by IPv4, and its user is postgres.<ref>, with the project's reference. It lets in as many clients as the project's pool size, so keep DATABASE_POOL_MAX low, or use port 6543.",
  },
  {
    name: "Render, external",
    host: /^dpg-[a-z0-9-]+\.[a-z0-9-]+-postgres\.render\.com$/i,
    advice:
      "It demands TLS: sslmode=require. A service on Render in the same region reaches the database faster and free of charge by the internal name, which is the first label alone.",
  },
  {
    name: "Render, internal",
    host: /^dpg-[a-z0-9]+-[a-z0-9]+$/i,
    advice:
      "This name is known only inside Render's network, in the same account and region. From elsewhere use the external database URL.",
  },
  {
    name: "Railway, private network",
    host: /\.railway\.internal$/i,
    advice:
      "This name is known only inside the same Railway project and environment, while the service runs and not while it is built. From elsewhere use the value of DATABASE_PUBLIC_URL.",
  },
  {
    name: "Railway, public proxy",
    host: /(?:\.proxy\.rlwy\.net|\.railway\.app)$/i,
    advice:
      "The port belongs to the name: copy both from DATABASE_PUBLIC_URL. Inside Railway the private name avoids the charge for traffic.",
  },
  {
    name: "Fly.io, flycast",
    host: /\.flycast$/i,
    advice:
      "This name is known only inside the organisation's private network; from outside use `fly proxy`. It wakes machines that were stopped, which .internal does not; TLS is not offered, so sslmode=disable or prefer.",
  },
  {
    name: "Fly.io, managed PostgreSQL",
    host: /\.flympg\.net$/i,
    pooler: true,
    advice:
      "This name is known only inside the organisation's private network; from outside use `fly mpg proxy`. The name that begins with pgbouncer pools, the one with direct does not.",
  },
  {
    name: "Docker's host",
    host: /^(?:host|gateway)\.docker\.internal$/i,
    advice:
      "This is the machine that runs the container. On Linux the name must be given by `--add-host=host.docker.internal:host-gateway`, and PostgreSQL must listen on more than localhost.",
  },
  {
    name: "A private network, such as Fly.io's",
    host: /^(?!.*\.(?:ec2|google|c\.[a-z0-9-]+)\.internal$)(?:[a-z0-9_-]+\.)+internal$/i,
    advice:
      "A name in .internal is known only inside one private network (Fly.io's is IPv6 only). It does not wake a machine that was stopped: on Fly.io use the .flycast name for that.",
  },
  {
    name: "Heroku Postgres",
    host: /^ec2-[\d-]+\.(?:[a-z0-9-]+\.)?compute(?:-1)?\.amazonaws\.com$/i,
    advice:
      "It demands TLS with a certificate that no public CA signed: sslmode=require. Host and password change when Heroku moves the database, so let Heroku set DATABASE_URL and do not copy it.",
  },
  {
    name: "Amazon RDS Proxy",
    host: /\.proxy-[a-z0-9]+\.[a-z0-9-]+\.rds\.amazonaws\.com$/i,
    pooler: true,
    advice:
      "It is reached only from inside its VPC, and pins a client to a connection once it sets session state. verify-full works with the public CAs.",
  },
  {
    name: "Amazon Aurora, reader",
    host: /\.cluster-ro-[a-z0-9]+\.[a-z0-9-]+\.rds\.amazonaws\.com(?:\.cn)?$/i,
    advice:
      "This is the endpoint of the replicas, which take no writes. Use the cluster's writer endpoint, whose name has .cluster- in the place of .cluster-ro-.",
  },
  {
    name: "Amazon Aurora",
    host: /\.cluster-[a-z0-9]+\.[a-z0-9-]+\.rds\.amazonaws\.com(?:\.cn)?$/i,
    advice:
      "From outside the VPC it needs public access and a security group that lets this machine in. verify-full needs sslrootcert with Amazon's bundle: https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem",
  },
  {
    name: "Amazon RDS",
    host: /\.rds\.amazonaws\.com(?:\.cn)?$/i,
    advice:
      "From outside the VPC it needs public access and a security group that lets this machine in. verify-full needs sslrootcert with Amazon's bundle: https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem",
  },
  {
    name: "Azure Database for PostgreSQL, pooler",
    host: /\.postgres\.database\.azure\.com$/i,
    port: 6432,
    pooler: true,
    advice:
      "This is the PgBouncer that is built into the flexible server. The firewall of the server must let this machine's address in; TLS is demanded: sslmode=require.",
  },
  {
    name: "Azure Database for PostgreSQL",
    host: /\.postgres\.database\.azure\.com$/i,
    advice:
      "The firewall of the server must let this machine's address in; TLS is demanded: sslmode=require. A single server wants user@servername as the user, with the at sign written as %40.",
  },
  {
    name: "Google Cloud SQL, socket",
    host: /^\/cloudsql\//i,
    advice:
      "The socket is there only where the Cloud SQL connection was added to the service, or the Auth Proxy runs. The service account needs the role Cloud SQL Client.",
  },
  {
    name: "Google Cloud SQL",
    host: /\.sql\.goog$/i,
    advice:
      "The address is reached from networks that the instance allows; without a fixed address of this machine use the Auth Proxy. Its certificate is signed by the instance's own CA, which sslrootcert must name for verify-ca.",
  },
  {
    name: "DigitalOcean, pool",
    host: /\.db\.ondigitalocean\.com$/i,
    port: 25_061,
    pooler: true,
    advice:
      "The database in the URL is the name of the connection pool. The cluster's trusted sources must let this machine in; TLS is demanded, and verify-full needs sslrootcert with the CA from the control panel.",
  },
  {
    name: "DigitalOcean",
    host: /\.db\.ondigitalocean\.com$/i,
    advice:
      "The cluster's trusted sources must let this machine in; a name that begins with private- works only inside the VPC. TLS is demanded, and verify-full needs sslrootcert with the CA from the control panel.",
  },
  {
    name: "Aiven",
    host: /\.aivencloud\.com$/i,
    advice:
      "TLS is demanded: sslmode=require; verify-full needs sslrootcert with the project's CA from the console. A free service is powered off after a time without use, and its name then cannot be resolved.",
  },
]

/** The provider behind a server of a URL; null where the name is nobody's. */
export function providerOf(host: string, port: number): Provider | null {
  const name = host.replace(/\.$/, "")
  return PROVIDERS.find((entry) => entry.host.test(name) && (entry.port ?? port) === port) ?? null
}

/** Is this server a pooler, as far as its name and its port tell? */
export function isPooler(host: string, port: number): boolean {
  const provider = providerOf(host, port)
  // Whose ports are known is known; some providers give any number to anybody.
  return provider === null ? POOLER_PORTS.has(port) : provider.pooler === true
}
