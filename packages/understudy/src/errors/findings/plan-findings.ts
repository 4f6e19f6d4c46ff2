import type { FindingEntry } from "./entry.ts"

/** The codes of plan findings. */
export type PlanFindingCode =
  | "storage.ephemeral"
  | "storage.memory"
  | "storage.no-folder"
  | "storage.network-filesystem"
  | "storage.not-writable"
  | "storage.file-unusable"
  | "storage.full"
  | "storage.in-use"
  | "storage.corrupt"
  | "data.left-behind"
  | "data.not-returned"
  | "plan.primary-missing"
  | "plan.primary-ignored"
  | "plan.parameters-ignored"
  | "plan.security-ignored"
  | "plan.channel-binding-ignored"
  | "host.supabase-direct"
  | "host.pooler-user"
  | "host.localhost"
  | "host.port-blocked"

/** What the plan says of the machine and of the place where SQLite lives. */
export const PLAN_FINDINGS: Readonly<Record<PlanFindingCode, FindingEntry>> = {
  "storage.ephemeral": {
    severity: "warning",
    title: "SQLite's folder does not survive a restart of the container.",
    message: "The SQLite files are in {folder}, which does not survive a restart: {why}.",
    remedy:
      "Set DATABASE_URL to a PostgreSQL database, or DATABASE_PATH to a folder on a durable local disk.",
  },
  "storage.memory": {
    severity: "warning",
    title: "SQLite lives in memory; everything is lost when the process ends.",
    message: "SQLite lives in memory, since {why}; everything is lost when the process ends.",
    remedy: "Set DATABASE_URL to a PostgreSQL database, or DATABASE_PATH to a writable folder.",
  },
  "storage.no-folder": {
    severity: "error",
    title: "No folder can hold the SQLite files.",
    message: "None of the folders tried can hold the SQLite files: {tried}.",
    remedy: "Set DATABASE_PATH to a folder on a local disk that the service's user can write to.",
  },
  "storage.network-filesystem": {
    severity: "warning",
    title: "A folder is on a network file system, where a live database would be damaged; it is not used.",
    message:
      "{folder} is on a network file system ({type}), where locks and fsync cannot be trusted; it is not used.",
    remedy: "Set DATABASE_PATH to a folder on a local disk, and SNAPSHOT_URL to the mounted folder.",
  },
  "storage.not-writable": {
    severity: "error",
    title: "The folder asked for cannot be written to; another place is used.",
    message: "{folder} cannot be used ({detail}); another place is used.",
    remedy: "Make the folder writable for the service's user, or choose another one.",
  },
  "storage.file-unusable": {
    severity: "error",
    title: "A SQLite file cannot be used where it is; another place is used.",
    message: "{detail}; another place than {folder} is used, and what the file holds does not serve.",
    remedy:
      "Give the service's user the right to write the file and its companions, or move away what stands there.",
  },
  "storage.full": {
    severity: "error",
    title: "No space is left where the SQLite files are; writes will fail.",
    message: "No space is left in {folder}, which holds the SQLite files; reads work, writes will fail.",
    remedy: "Free space on that disk, or give it more.",
  },
  "storage.in-use": {
    severity: "warning",
    title: "Another process holds the SQLite file; this one has a file of its own.",
    message: "{file} is held by {holder}; this process uses {own}. The two do not see each other's rows.",
    remedy:
      "End the other process, or give each its own DATABASE_PATH; for several instances use PostgreSQL.",
  },
  "storage.corrupt": {
    severity: "error",
    title: "The SQLite file was damaged or no database; it was set aside and a new one begun.",
    message: "{file} cannot be used ({detail}); it was renamed to {aside} and a new file begun.{owed}",
    remedy:
      "Recover it with the `.recover` of sqlite.org's `sqlite3` (Debian's lacks what that takes), or restore a backup; a recovered `fallback-9.sqlite` beside the new file is handed back at the next start. Remove the renamed file when it is settled.",
  },
  "data.left-behind": {
    severity: "error",
    title: "Rows from before PostgreSQL was set up are in SQLite only; they serve, PostgreSQL does not.",
    message:
      "{file} holds rows that are not in PostgreSQL, which was never reached from here; the file serves until they are settled.",
    remedy:
      "Copy the rows to PostgreSQL and move the file away. To start without them, move the file away or set DATABASE_ENGINE=postgresql.",
  },
  "data.not-returned": {
    severity: "warning",
    title: "Rows that were written while PostgreSQL was away are in SQLite only.",
    message:
      "{file} holds rows that were written while PostgreSQL was away and are not in PostgreSQL. It is kept.",
    remedy: "Copy the rows to PostgreSQL, then move the file away.",
  },
  "plan.primary-missing": {
    severity: "error",
    title: "DATABASE_ENGINE demands PostgreSQL, but no PostgreSQL URL is set.",
    message: "DATABASE_ENGINE is postgresql, but {what}; nothing can serve.",
    remedy: "Set DATABASE_URL to a PostgreSQL URL, or DATABASE_ENGINE to auto.",
  },
  "plan.primary-ignored": {
    severity: "info",
    title: "DATABASE_ENGINE is sqlite; PostgreSQL is not dialled.",
    message: "DATABASE_ENGINE is sqlite, so PostgreSQL at {target} is not dialled.",
    remedy: "Set DATABASE_ENGINE to auto to use PostgreSQL.",
  },
  "plan.parameters-ignored": {
    severity: "warning",
    title: "The URL has parameters that change settings of the session; they are not sent.",
    message: "The parameters {names} are not sent: a pooler refuses them at the start of a connection.",
    remedy:
      "Give the setting to the role, as in ALTER ROLE app SET search_path = app; then remove the parameter from the URL.",
  },
  "plan.security-ignored": {
    severity: "warning",
    title: "The URL has parameters of security that are not read.",
    message: "The parameters {names} are not read: connections are not secured in the way that they ask for.",
    remedy:
      "Set sslmode=verify-full with sslrootcert, which is read, demand the rest at the server, and remove the parameters from the URL.",
  },
  "plan.channel-binding-ignored": {
    severity: "info",
    title: "The URL asks for channel binding, which is not done.",
    message:
      "The parameter channel_binding=require is not read: connections are made without channel binding.",
    remedy:
      "Set sslmode=verify-full, which keeps another server from passing for this one; nothing else is needed.",
  },
  "host.supabase-direct": {
    severity: "warning",
    title: "Supabase's direct host has an IPv6 address only, and this machine has no IPv6.",
    message: "{host} has an IPv6 address only, and this machine has no IPv6.",
    remedy:
      "Use the session pooler's URL from Supabase's Connect page (…pooler.supabase.com, user postgres.<ref>).",
  },
  "host.pooler-user": {
    severity: "warning",
    title: "The pooler needs a user name that says which project is meant.",
    message: "{host} is a pooler that finds the project by the user name, and this one names no project.",
    remedy: "Use the user postgres.<ref>, as the Connect page of Supabase shows it.",
  },
  "host.localhost": {
    severity: "warning",
    title: "The URL names this very container as the PostgreSQL host.",
    message: "{host} is this container itself, where PostgreSQL seldom runs.",
    remedy: "Use the name of the database's service or host.",
  },
  "host.port-blocked": {
    severity: "info",
    title: "The host may not let connections to PostgreSQL's port out.",
    message: "{host} is documented to let out only ports {ports}; port {port} may be blocked.",
    remedy: "If the connection times out, use a provider's address on one of these ports.",
  },
}
