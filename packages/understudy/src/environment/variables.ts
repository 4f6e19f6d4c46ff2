/** The variables that set something; DESIGN's table of settings, in its order. */
export const SETTING_VARIABLES = [
  "DATABASE_URL",
  "DATABASE_ENGINE",
  "DATABASE_FALLBACK",
  "DATABASE_FALLBACK_AFTER",
  "DATABASE_PATH",
  "DATABASE_POOL_MAX",
  "DATABASE_CONNECT_TIMEOUT",
  "DATABASE_STATEMENT_TIMEOUT",
  "DATABASE_SYNCHRONOUS",
  "DATABASE_CONFLICTS",
  "DATABASE_MIRROR",
  "DATABASE_MIRROR_EXCLUDE",
  "DATABASE_MIRROR_MAX_ROWS",
  "DATABASE_MIRROR_MAX_BYTES",
  "DATABASE_ECHO",
  "SNAPSHOT_URL",
  "SNAPSHOT_INTERVAL",
  "HOST",
  "PORT",
  "ADMIN_TOKEN",
  "LOG_LEVEL",
  "NODE_ENV",
] as const

/** libpq's variables, read when DATABASE_URL is unset. */
export const PG_VARIABLES = [
  "PGHOST",
  "PGHOSTADDR",
  "PGPORT",
  "PGUSER",
  "PGPASSWORD",
  "PGDATABASE",
  "PGSSLMODE",
  "PGSSLROOTCERT",
  "PGSSLCERT",
  "PGSSLKEY",
  "PGAPPNAME",
  "PGOPTIONS",
  "PGCONNECT_TIMEOUT",
  "PGTARGETSESSIONATTRS",
] as const

/** Variables that a host sets by itself, and by which it is known. */
export const HOST_VARIABLES = [
  "SPACE_ID",
  "SYSTEM",
  "RENDER",
  "RENDER_SERVICE_ID",
  "RAILWAY_ENVIRONMENT_ID",
  "RAILWAY_PROJECT_ID",
  "RAILWAY_SERVICE_ID",
  "FLY_APP_NAME",
  "FLY_MACHINE_ID",
  "DYNO",
  "KUBERNETES_SERVICE_HOST",
] as const

/** Variables of the machine that tell where folders are. */
export const MACHINE_VARIABLES = ["HOME", "TMPDIR", "RAILWAY_VOLUME_MOUNT_PATH"] as const

/** Variables by which people say whether they want colours: https://no-color.org, https://force-color.org */
export const TERMINAL_VARIABLES = ["NO_COLOR", "FORCE_COLOR"] as const

/** A variable that sets something. */
export type SettingVariable = (typeof SETTING_VARIABLES)[number]

/** A variable of libpq. */
export type PgVariable = (typeof PG_VARIABLES)[number]

/** A variable that a host sets. */
export type HostVariable = (typeof HOST_VARIABLES)[number]

/** Every variable that is read. */
export type Variable =
  | SettingVariable
  | PgVariable
  | HostVariable
  | (typeof MACHINE_VARIABLES)[number]
  | (typeof TERMINAL_VARIABLES)[number]

/** Every variable that is read. */
export const VARIABLES: readonly Variable[] = [
  ...SETTING_VARIABLES,
  ...PG_VARIABLES,
  ...HOST_VARIABLES,
  ...MACHINE_VARIABLES,
  ...TERMINAL_VARIABLES,
]
