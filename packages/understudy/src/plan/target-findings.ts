import { finding, type Finding } from "../errors/finding.ts"
import type { HostFacts } from "../host/host-facts.ts"
import type { PostgresParts } from "../url/verdict.ts"

const SUPABASE_DIRECT = /^db\.[a-z0-9]+\.supabase\.(co|com)$/i
const SUPABASE_POOLER = /\.pooler\.supabase\.com$/i
const LOOPBACK = /^(localhost|.*\.localhost|127(\.\d{1,3}){3}|::1|0\.0\.0\.0)$/i
const POSTGRES_PORT = 5432

/** What this machine makes of a PostgreSQL URL that is right by itself. */
export function targetFindings(parts: PostgresParts, facts: HostFacts): readonly Finding[] {
  const ignored = ignoredParameters(parts)
  const ofAll =
    ignored.length === 0 ? [] : [finding("plan.parameters-ignored", { names: ignored.join(", ") })]
  const ofHosts = parts.hosts.flatMap(({ host, port }) => {
    const findings: Finding[] = []
    if (SUPABASE_DIRECT.test(host) && !facts.ipv6) findings.push(finding("host.supabase-direct", { host }))
    if (SUPABASE_POOLER.test(host) && parts.user !== null && !namesProject(parts)) {
      findings.push(finding("host.pooler-user", { host }))
    }
    // The containers of one pod share their loopback: a proxy beside the service is usual there.
    if (LOOPBACK.test(host) && facts.inContainer && facts.host.kind !== "kubernetes") {
      findings.push(finding("host.localhost", { host }))
    }
    const dialled = port ?? POSTGRES_PORT
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
