import type { FindingEntry } from "./entry.ts"

/** The codes of primary findings. */
export type PrimaryFindingCode =
  | "primary.refused"
  | "primary.timeout"
  | "primary.dns"
  | "primary.unreachable"
  | "primary.disconnected"
  | "primary.not-postgresql"
  | "primary.pooler"
  | "primary.starting"
  | "primary.too-many-connections"
  | "primary.auth-failed"
  | "primary.not-admitted"
  | "primary.database-missing"
  | "primary.misconfigured"
  | "primary.read-only"
  | "primary.clock-offset"
  | "primary.failed"
  | "migration.failed"
  | "migration.not-portable"
  | "migration.file-held"
  | "migrations.primary-ahead"

/** Why the primary does not serve. Each is also the reason code of the state `fallback`. */
export const PRIMARY_FINDINGS: Readonly<Record<PrimaryFindingCode, FindingEntry>> = {
  "primary.refused": {
    severity: "error",
    title: "PostgreSQL refused the connection.",
    message: "PostgreSQL at {endpoint} refused the connection ({detail}).",
    remedy:
      "Check that the server runs, that host and port are right, and that a firewall lets the connection through.",
  },
  "primary.timeout": {
    severity: "error",
    title: "PostgreSQL did not answer in time.",
    message: "PostgreSQL at {endpoint} did not answer within {limitMs} ms.",
    remedy:
      "Check host and port. Some hosts let out only ports 80, 443 and 8080: try the provider's pooler or another port.",
  },
  "primary.dns": {
    severity: "error",
    title: "The name of the PostgreSQL host cannot be resolved.",
    message: "The name of the host {endpoint} cannot be resolved ({detail}).",
    remedy:
      "Check the spelling of the host. A name that works only inside another network needs that network.",
  },
  "primary.unreachable": {
    severity: "error",
    title: "The PostgreSQL host cannot be reached.",
    message: "PostgreSQL at {endpoint} cannot be reached ({detail}).",
    remedy: "Check the network. A host that has only an IPv6 address needs the provider's IPv4 pooler here.",
  },
  "primary.disconnected": {
    severity: "error",
    title: "The PostgreSQL server closed the connection.",
    message: "The server at {endpoint} closed the connection ({detail}).",
    remedy: "Check that a PostgreSQL server, and not another service, listens there, and look into its log.",
  },
  "primary.not-postgresql": {
    severity: "error",
    title: "What answers is not a PostgreSQL server.",
    message: "What answers at {endpoint} does not speak PostgreSQL's protocol ({detail}).",
    remedy: "Check host and port: an HTTP port or another service is a common slip.",
  },
  "primary.pooler": {
    severity: "error",
    title: "The pooler answers, but cannot reach its PostgreSQL server.",
    message: "The pooler at {endpoint} cannot reach its PostgreSQL server ({detail}).",
    remedy: "Check that the database is not paused and its server runs; the provider's console tells.",
  },
  "primary.starting": {
    severity: "error",
    title: "The PostgreSQL server is starting up or shutting down.",
    message: "The server at {endpoint} takes no connections yet ({detail}).",
    remedy: "Nothing to do if it was restarted just now; else look into the server's log.",
  },
  "primary.too-many-connections": {
    severity: "error",
    title: "The PostgreSQL server has no connection left.",
    message: "The server at {endpoint} has no connection left ({detail}).",
    remedy: "Lower DATABASE_POOL_MAX, close other clients, or use the provider's pooler.",
  },
  "primary.auth-failed": {
    severity: "error",
    title: "PostgreSQL refused user or password.",
    message: "PostgreSQL at {endpoint} refused the user or the password ({detail}).",
    remedy:
      "Copy user and password anew from the provider; percent-encode special characters of the password.",
  },
  "primary.not-admitted": {
    severity: "error",
    title: "The rules of the PostgreSQL server do not let this connection in.",
    message: "The rules of the server at {endpoint} do not let this connection in ({detail}).",
    remedy:
      "Check user and database, and let this machine's address in at the provider or in pg_hba.conf. A server that lets in only connections without TLS needs sslmode=disable.",
  },
  "primary.database-missing": {
    severity: "error",
    title: "The database does not exist on the PostgreSQL server.",
    message: "The database named in the URL does not exist at {endpoint} ({detail}).",
    remedy: "Create the database, or correct its name at the end of the URL.",
  },
  "primary.misconfigured": {
    severity: "error",
    title: "PostgreSQL or a pooler refused how we connect.",
    message: "The server at {endpoint} refused the connection's parameters ({detail}).",
    remedy: "Read the server's message; remove parameters from the URL that the server does not know.",
  },
  "primary.read-only": {
    severity: "error",
    title: "The PostgreSQL server takes no writes.",
    message: "The server at {endpoint} is in recovery, or set to read-only, and takes no writes.",
    remedy:
      "Use the address of the primary server, not that of a replica. Some providers set a database to read-only when its disk is full: their console tells.",
  },
  "primary.clock-offset": {
    severity: "warning",
    title: "The clocks of this machine and of the PostgreSQL server differ.",
    message: "The clock of the server at {endpoint} is {offset} this machine's.",
    remedy:
      "Let both set their clocks by the network (NTP). Nothing is decided by them here, but times in rows would be wrong.",
  },
  "primary.failed": {
    severity: "error",
    title: "The connection to PostgreSQL failed.",
    message: "The connection to PostgreSQL at {endpoint} failed ({detail}).",
    remedy: "Run `understudy plan` and look into the server's log.",
  },
  "migration.failed": {
    severity: "error",
    title: "A migration failed; nothing of it was kept.",
    message: "The migration {migration} failed: {detail}.",
    remedy: "Mend the migration and start again; the database stands as it did before it.",
  },
  "migration.not-portable": {
    severity: "error",
    title: "A migration cannot run on both engines.",
    message: "The migration {migration} cannot run on {engine}: {detail}.",
    remedy: "{instead}",
  },
  "migration.file-held": {
    severity: "error",
    title: "Another process holds the SQLite file, so that nobody else can migrate it.",
    message: "{file} is held by {holder}; it was not migrated.",
    remedy:
      "End that process first; or start it again with the new program, which migrates the file at its start.",
  },
  "migrations.primary-ahead": {
    severity: "warning",
    title: "The database has migrations that this program does not know.",
    message: "The database has {count} migrations that this program does not have, {newest} the newest.",
    remedy: "Nothing to do in a rolling deploy; else deploy the newer program.",
  },
}
