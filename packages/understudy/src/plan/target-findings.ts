import { finding, type Finding, type FindingCode } from "../errors/finding.ts"
import type { HostFacts } from "../host/host-facts.ts"
import { POSTGRES_PORT } from "../url/default-port.ts"
import { providerOf } from "../url/providers.ts"
import type { PostgresParts } from "../url/verdict.ts"

const LOOPBACK = /^(localhost|.*\.localhost|127(\.\d{1,3}){3}|::1|0\.0\.0\.0)$/i

/** What this machine makes of a PostgreSQL URL that is right by itself. */
export function targetFindings(parts: PostgresParts, facts: HostFacts): readonly Finding[] {
  const ofAll = [
    ...naming("plan.parameters-ignored", ignoredParameters(parts)),
    ...naming("plan.security-ignored", ignoredSecurity(parts)),
    ...(parts.params["channel_binding"]?.toLowerCase() === "require"
      ? [finding("plan.channel-binding-ignored")]
      : []),
  ]
  const ofHosts = parts.hosts.flatMap(({ host, port }) => {
    const findings: Finding[] = []
    const dialled = port ?? POSTGRES_PORT
    const provider = providerOf(host, dialled)
    if (provider?.ipv6Only === true && !facts.ipv6) findings.push(finding("host.supabase-direct", { host }))
    if (provider?.projectInUser === true && parts.user !== null && !namesProject(parts)) {
      findings.push(finding("host.pooler-user", { host }))
    }
    // The containers of one pod share their loopback: a proxy beside the service is usual there.
    if (LOOPBACK.test(host) && facts.inContainer && facts.host.kind !== "kubernetes") {
      findings.push(finding("host.localhost", { host }))
    }
    const { outboundPorts, name } = facts.host
    if (outboundPorts !== null && !outboundPorts.includes(dialled) && !LOOPBACK.test(host)) {
      findings.push(
        finding("host.port-blocked", { host: name, port: dialled, ports: outboundPorts.join(", ") }),
      )
    }
    return findings
  })
  return [...ofAll, ...ofHosts]
}

function naming(code: FindingCode, names: readonly string[]): Finding[] {
  return names.length === 0 ? [] : [finding(code, { names: names.join(", ") })]
}

/** Parameters of libpq that would secure a connection further, and are not read; their values that ask for nothing. */
const SECURITY_PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  sslcrl: [],
  sslcrldir: [],
  require_auth: [],
  ssl_min_protocol_version: [],
  ssl_max_protocol_version: [],
  gssencmode: ["disable", "prefer"],
  sslcertmode: ["allow"],
}

/** `channel_binding` has a finding of its own: a provider's standard URL has it, and nothing is to be done about it. */
function ignoredSecurity({ params }: PostgresParts): string[] {
  return Object.entries(SECURITY_PARAMETERS).flatMap(([name, idle]) =>
    ["", ...idle].includes(params[name]?.toLowerCase() ?? "") ? [] : [name],
  )
}

/** Other tools' words for the schema in which tables are looked for. */
const SCHEMA_PARAMETERS = ["schema", "currentSchema", "search_path"] as const

/** The parameters that would change what a query means, and are not sent. */
function ignoredParameters({ params }: PostgresParts): string[] {
  const schemas = SCHEMA_PARAMETERS.filter((name) => (params[name] ?? "public") !== "public")
  const sets = /(?:^|\s)-(?:c|-)/.test(params["options"] ?? "")
  return [...schemas, ...(sets ? ["options"] : [])]
}

/** By `user.ref`, or by the parameter `options=reference=ref`. */
function namesProject({ user, params }: PostgresParts): boolean {
  return user?.includes(".") === true || params["options"]?.includes("reference=") === true
}
