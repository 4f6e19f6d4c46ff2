import { PSQL_MAJOR } from "./tls-outcome.ts"
import type { ServerName } from "./tls-servers.ts"

/** The values of `sslmode`; "" is none. */
export const MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const

/** One server, met in several modes with the same parameters. */
export interface TlsCase {
  readonly server: ServerName
  /** Of the URL, besides `sslmode`. `$` stands for the folder of the certificates. */
  readonly params?: string
  /** Default: localhost. `socket`: the folder of the Unix socket. */
  readonly host?: "localhost" | "127.0.0.1" | "socket"
  /** Default: app. */
  readonly user?: "postgres"
  /** Default: {@link MODES}. */
  readonly modes?: readonly string[]
  /** What each mode comes to: `TLS`, `plain`, or a finding's code. */
  readonly outcomes: readonly string[]
  /** What is told of each failure. */
  readonly detail?: string
  /** Where psql does otherwise: what, and why that is meant. */
  readonly psql?: Readonly<Record<string, readonly [outcome: string, reason: string]>>
  /** Why psql is not asked, though it is there. */
  readonly noPsql?: string
}

const ALLOW = { allow: ["plain", "allow is prefer here: TLS costs nothing where the server has it"] } as const

const times = <N extends string>(outcome: N): readonly [N, N, N] => [outcome, outcome, outcome]

/** The first libpq that knows `sslrootcert=system`. */
const SINCE_16 = PSQL_MAJOR < 16 ? { noPsql: `psql ${PSQL_MAJOR} takes system for a file` } : {}

const CA = "sslrootcert=$/ca.crt"
const CLIENT = "sslcert=$/client.crt&sslkey=$/client.key"

const NAMED = "libpq goes on without a file that is not there; who names one wants it to be used"
const NO_FALL = "libpq goes on without TLS; a slip in a path must not switch TLS off"
const PLAIN = { prefer: ["plain", NO_FALL] } as const
const LENIENT = { prefer: ["TLS", NAMED], require: ["TLS", NAMED] } as const
const WITHOUT = { ...LENIENT, "verify-full": ["TLS", NAMED] } as const

/** Parameters that name a file which cannot be used, what is told of it, and what psql does; null: it waits for ever. */
const UNUSABLE: readonly (readonly [
  params: string,
  detail: string,
  psql: NonNullable<TlsCase["psql"]> | null,
])[] = [
  ["sslrootcert=$/none.crt", "sslrootcert=$/none.crt: there is no such file", LENIENT],
  ["sslrootcert=$", "sslrootcert=$: it is not a regular file", PLAIN],
  ["sslrootcert=$/pipe", "sslrootcert=$/pipe: it is not a regular file", null],
  ["sslrootcert=$/client.key", "sslrootcert=$/client.key: it holds no PEM certificate", PLAIN],
  ["sslrootcert=$/damaged.crt", "sslrootcert=$/damaged.crt: it holds a damaged certificate", PLAIN],
  [`${CA}&sslcert=$/none.crt&sslkey=$/client.key`, "sslcert=$/none.crt: there is no such file", WITHOUT],
  [`${CA}&sslcert=$/client.crt`, "sslcert=$/client.crt: its key is not named by sslkey", PLAIN],
  [`${CA}&sslcert=$/client.crt&sslkey=$/none.key`, "sslkey=$/none.key: there is no such file", PLAIN],
  [`${CA}&sslcert=$/client.crt&sslkey=$/ca.crt`, "sslkey=$/ca.crt: it holds no PEM private key", PLAIN],
  [
    `${CA}&sslcert=$/client.crt&sslkey=$/server.key`,
    "sslkey=$/server.key: it is not the key of the certificate in sslcert",
    PLAIN,
  ],
  [
    `${CA}&sslcert=$/client.crt&sslkey=$/client-encrypted.key`,
    "sslkey=$/client-encrypted.key: it is encrypted, and there is no sslpassword",
    PLAIN,
  ],
  [
    `${CA}&sslcert=$/client.crt&sslkey=$/client-encrypted.key&sslpassword=wrong-one`,
    "sslkey=$/client-encrypted.key: sslpassword does not open it",
    PLAIN,
  ],
]

/** Every mode on every server, then each parameter. */
export const TLS_CASES: readonly TlsCase[] = [
  { server: "no TLS", outcomes: ["plain", "plain", "plain", ...times("tls.refused-by-server")] },
  {
    server: "no TLS",
    params: CA,
    outcomes: ["plain", "plain", "plain", ...times("tls.refused-by-server")],
  },
  {
    server: "self-signed",
    outcomes: ["plain", "TLS", "TLS", "TLS", "tls.authority-unknown", "tls.authority-unknown"],
    psql: ALLOW,
  },
  {
    server: "self-signed",
    params: "sslrootcert=$/self-signed.crt",
    outcomes: ["plain", "TLS", "TLS", ...times("TLS")],
    psql: ALLOW,
  },
  {
    server: "signed by the CA",
    params: CA,
    outcomes: ["plain", "TLS", "TLS", ...times("TLS")],
    psql: ALLOW,
  },
  {
    server: "signed by the CA",
    params: CA,
    host: "127.0.0.1",
    outcomes: ["plain", "TLS", "TLS", ...times("TLS")],
    psql: ALLOW,
  },
  {
    server: "signed by the CA",
    outcomes: ["plain", "TLS", "TLS", "TLS", "tls.authority-unknown", "tls.authority-unknown"],
    psql: ALLOW,
  },
  {
    server: "signed by the CA",
    params: "sslrootcert=$/other-ca.crt",
    outcomes: ["plain", "plain", "plain", ...times("tls.authority-unknown")],
  },
  {
    server: "another host's",
    params: CA,
    outcomes: ["plain", "TLS", "TLS", "TLS", "TLS", "tls.name-mismatch"],
    psql: ALLOW,
  },
  {
    server: "another host's",
    params: CA,
    host: "127.0.0.1",
    outcomes: ["plain", "TLS", "TLS", "TLS", "TLS", "tls.name-mismatch"],
    psql: ALLOW,
  },
  {
    server: "expired",
    params: CA,
    outcomes: ["plain", "plain", "plain", ...times("tls.certificate-expired")],
  },
  {
    server: "a client's",
    params: CA,
    outcomes: ["plain", "plain", "plain", ...times("tls.certificate-refused")],
  },
  { server: "TLS only", params: CA, outcomes: ["tls.required-by-server", "TLS", "TLS", ...times("TLS")] },
  {
    server: "TLS only",
    params: "sslrootcert=$/other-ca.crt",
    outcomes: [
      "tls.required-by-server",
      "tls.authority-unknown",
      "tls.authority-unknown",
      ...times("tls.authority-unknown"),
    ],
  },
  {
    server: "never TLS",
    params: CA,
    outcomes: ["plain", "plain", "plain", ...times("primary.not-admitted")],
  },
  {
    server: "an old TLS",
    params: CA,
    outcomes: ["plain", "plain", "plain", ...times("tls.handshake-failed")],
  },
  {
    server: "asks for a client certificate",
    params: CA,
    outcomes: [
      "tls.required-by-server",
      "tls.client-certificate-required",
      "tls.client-certificate-required",
      ...times("tls.client-certificate-required"),
    ],
  },
  {
    server: "asks for a client certificate",
    params: `${CA}&${CLIENT}`,
    outcomes: ["tls.required-by-server", "TLS", "TLS", ...times("TLS")],
  },
  {
    server: "asks for a client certificate",
    params: `${CA}&sslcert=$/client.crt&sslkey=$/client-encrypted.key&sslpassword=test-passphrase`,
    outcomes: ["tls.required-by-server", "TLS", "TLS", ...times("TLS")],
  },
  {
    server: "asks for a client certificate",
    params: `${CA}&sslcert=$/stranger.crt&sslkey=$/stranger.key`,
    outcomes: [
      "tls.required-by-server",
      "tls.client-certificate-refused",
      "tls.client-certificate-refused",
      ...times("tls.client-certificate-refused"),
    ],
  },
  {
    // The certificate is that of another user.
    server: "asks for a client certificate",
    user: "postgres",
    params: `${CA}&${CLIENT}`,
    outcomes: [
      "tls.required-by-server",
      "tls.client-certificate-refused",
      "tls.client-certificate-refused",
      ...times("tls.client-certificate-refused"),
    ],
  },
  ...UNUSABLE.map(([params, detail, psql]): TlsCase => ({
    server: "signed by the CA",
    params,
    modes: ["prefer", "require", "verify-full"],
    outcomes: times("tls.file-unusable"),
    detail,
    ...(psql === null ? { noPsql: "libpq waits for ever at a pipe" } : { psql }),
  })),
  // Without TLS no file is read.
  {
    server: "signed by the CA",
    params: "sslrootcert=$/none.crt",
    modes: ["disable"],
    outcomes: ["plain"],
  },
  {
    server: "asks for a client certificate",
    params: `${CA}&sslcert=$/client.crt&sslkey=$/client-for-all.key`,
    modes: ["verify-full"],
    outcomes: ["TLS"],
    psql: {
      "verify-full": ["refused", "secrets are mounted readable for all in containers; it is not ours to say"],
    },
  },
  // The machine's own authorities, of which the test CA is one here: every mode verifies all.
  {
    server: "signed by the CA",
    params: "sslrootcert=system",
    modes: ["", ...MODES],
    outcomes: [...times("TLS"), ...times("TLS"), "TLS"],
    psql: Object.fromEntries(
      MODES.slice(0, -1).map((mode) => [mode, ["refused", "libpq refuses a weaker mode"]]),
    ),
    ...SINCE_16,
  },
  {
    server: "another host's",
    params: "sslrootcert=system",
    modes: ["", ...MODES],
    outcomes: [...times("tls.name-mismatch"), ...times("tls.name-mismatch"), "tls.name-mismatch"],
    detail: "it holds DNS:db.elsewhere.example",
    ...SINCE_16,
  },
  {
    server: "self-signed",
    params: "sslrootcert=system",
    modes: ["", ...MODES],
    outcomes: [...times("tls.authority-unknown"), ...times("tls.authority-unknown"), "tls.authority-unknown"],
    ...SINCE_16,
  },
  // Localhost is a network of one's own; elsewhere, no mode is require.
  { server: "signed by the CA", modes: [""], outcomes: ["TLS"] },
  { server: "no TLS", modes: [""], outcomes: ["plain"] },
  { server: "no TLS", params: "ssl=true", modes: [""], outcomes: ["tls.refused-by-server"] },
  { server: "signed by the CA", params: "ssl=true", modes: [""], outcomes: ["TLS"] },
  {
    server: "signed by the CA",
    params: CA,
    modes: ["verify_full", "true", "verify"],
    outcomes: times("tls.mode-unknown"),
  },
  {
    server: "self-signed",
    modes: ["no-verify", "REQUIRE"],
    outcomes: ["TLS", "TLS"],
    psql: {
      "no-verify": ["refused", "node-postgres's own word for require"],
      REQUIRE: ["refused", "capital letters leave no doubt"],
    },
  },
  // A Unix socket knows no TLS, whatever is asked for.
  {
    server: "signed by the CA",
    params: CA,
    host: "socket",
    outcomes: [...times("plain"), ...times("plain")],
  },
  {
    server: "signed by the CA",
    params: `${CA}&channel_binding=require`,
    modes: ["require", "verify-full"],
    outcomes: ["TLS", "TLS"],
  },
  {
    server: "signed by the CA",
    params: `${CA}&sslcrl=$/none.crl&sslsni=0&ssl_min_protocol_version=TLSv1.3`,
    modes: ["verify-full"],
    outcomes: ["TLS"],
  },
]
