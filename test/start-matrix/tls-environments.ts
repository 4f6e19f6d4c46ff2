import { tlsFile } from "../../packages/understudy/test/support/tls-files.ts"
import { fallback, PRIMARY } from "./expectations.ts"
import type { Expectation, StartEnvironment } from "./start-environment.ts"
import type { SecuredServerName } from "./tls-servers.ts"

const CA = `sslrootcert=${encodeURIComponent(tlsFile("ca.crt"))}`

function row(name: string, server: SecuredServerName, query: string, expect: Expectation): StartEnvironment {
  const url = `postgresql://tasks:{canary}@{${server}}/tasks`
  return { name, env: { DATABASE_URL: query === "" ? url : `${url}?${query}` }, expect }
}

/** Servers with TLS of each kind. What each mode means is proved where it is implemented; here, that it is told. */
const TLS: readonly StartEnvironment[] = [
  row("a self-signed certificate, encrypted only", "self-signed", "sslmode=require", PRIMARY),
  row(
    "a self-signed certificate that is to be verified",
    "self-signed",
    "sslmode=verify-full",
    fallback("tls.authority-unknown"),
  ),
  row("the right authority", "well-known", `sslmode=verify-full&${CA}`, PRIMARY),
  row(
    "an authority's file that is not there",
    "well-known",
    "sslmode=verify-ca&sslrootcert=/nowhere/ca.crt",
    fallback("tls.file-unusable"),
  ),
  row(
    "a certificate of another name",
    "misnamed",
    `sslmode=verify-full&${CA}`,
    fallback("tls.name-mismatch"),
  ),
  row("an expired certificate", "expired", `sslmode=verify-full&${CA}`, fallback("tls.certificate-expired")),
  row("a mode that is none", "well-known", "sslmode=strict", fallback("tls.mode-unknown")),
  row("TLS demanded, and switched off", "tls-only", "sslmode=disable", fallback("tls.required-by-server")),
  row("TLS demanded, and nothing said of it", "tls-only", "", PRIMARY),
  row("TLS not let in, and nothing said of it", "no-tls-by-rule", "", PRIMARY),
  row("TLS not let in, and demanded", "no-tls-by-rule", "sslmode=require", fallback("primary.not-admitted")),
  row(
    "a client certificate demanded, and none given",
    "wants-certificate",
    "sslmode=require",
    fallback("tls.client-certificate-required"),
  ),
]

const POOLERS: readonly StartEnvironment[] = [
  { ...row("a pooler", "pooler", "", PRIMARY), needs: ["pgbouncer"] },
  {
    ...row("a pooler, and a parameter that it would refuse", "pooler", "options=-csearch_path%3Dapp", {
      ...PRIMARY,
      findings: ["plan.parameters-ignored"],
    }),
    needs: ["pgbouncer"],
  },
  {
    name: "a pooler that refuses the password",
    env: { DATABASE_URL: "postgresql://tasks:x{canary}@{pooler}/tasks" },
    expect: fallback("primary.auth-failed"),
    needs: ["pgbouncer"],
  },
  {
    ...row("a pooler whose server is away", "pooler-alone", "", fallback("primary.pooler")),
    needs: ["pgbouncer"],
  },
]

/** PostgreSQL behind TLS, or behind a pooler. */
export const TLS_ENVIRONMENTS: readonly StartEnvironment[] = [...TLS, ...POOLERS]
