import type { ServerName } from "./tls-servers.ts"

/** What each mode comes to, in the order of {@link MODES}: `TLS`, `plain`, or a finding's code. */
type Outcomes = readonly [string, string, string, string, string, string]

/** One server, met in each mode with the same parameters. */
export interface TlsCase {
  readonly server: ServerName
  /** Of the URL, besides `sslmode`. `$` stands for the folder of the certificates. */
  readonly params?: string
  /** Default: localhost. */
  readonly host?: string
  /** Default: app. */
  readonly user?: "postgres"
  readonly outcomes: Outcomes
  /** Where psql does otherwise: what, and why that is meant. */
  readonly psql?: Readonly<Record<string, readonly [outcome: string, reason: string]>>
}

/** The values of `sslmode`. */
export const MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const

const ALLOW = { allow: ["plain", "allow is prefer here: TLS costs nothing where the server has it"] } as const

/** The same code in the last modes, by how many they are. */
const times = <N extends string>(code: N): readonly [N, N, N] => [code, code, code]

const CA = "sslrootcert=$/ca.crt"
const CLIENT = "sslcert=$/client.crt&sslkey=$/client.key"

/** Every mode on every server. */
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
]
