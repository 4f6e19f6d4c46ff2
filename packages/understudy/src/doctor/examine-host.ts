import type { Clock } from "../base/clock.ts"
import type { Redactor } from "../base/redact.ts"
import { POSTGRES_PORT } from "../url/default-port.ts"
import { isDoubtful } from "../url/parts.ts"
import { providerOf } from "../url/providers.ts"
import { describeEndpoint } from "../url/render.ts"
import type { HostPort, PostgresParts } from "../url/verdict.ts"
import type { HostReport, Step } from "./report.ts"
import { resolveHost } from "./steps/dns.ts"
import { migrations, rights } from "./steps/rights.ts"
import { clockOffset, connections, path } from "./steps/server.ts"
import { enter, type Approach } from "./steps/enter.ts"
import { query, recovery } from "./steps/session.ts"
import type { Target } from "./steps/target.ts"
import { reach, reachSocket } from "./steps/tcp.ts"
import { secure } from "./steps/tls.ts"

/** How servers are examined. */
export interface ExamineOptions {
  /** How long each wait may take. */
  readonly timeoutMs: number
  readonly poolMax: number
  readonly redact: Redactor
  readonly clock: Clock
}

/** Examines one server of the URL, step by step; the first step that fails ends it. */
export async function examineHost(
  parts: PostgresParts,
  { host, port }: HostPort,
  options: ExamineOptions,
): Promise<HostReport> {
  const number = port ?? POSTGRES_PORT
  const shown = !isDoubtful(parts)
  const endpoint = describeEndpoint({ ...parts, hosts: [{ host, port: number }] })
  const target: Target = { parts, host, port: number, endpoint, shown, ...options }
  const provider = shown ? providerOf(host, number) : null
  const steps: Step[] = []
  const serves = await walk(target, steps)
  return Object.freeze({
    endpoint,
    provider: provider === null ? null : { name: provider.name, advice: provider.advice },
    steps: Object.freeze(steps),
    serves,
  })
}

/** Adds the steps, and tells whether the server would serve. */
async function walk(target: Target, steps: Step[]): Promise<boolean> {
  const approached = await approach(target, steps)
  if (approached === null) return false
  const { steps: entered, entry } = await enter(target, approached)
  steps.push(...entered)
  if (entry === null) return false
  using session = entry.session
  for (const ask of [query, recovery]) {
    const step = await ask(target, session)
    steps.push(step)
    if (step.status === "failed") return false
  }
  for (const ask of [rights, migrations, clockOffset, connections]) steps.push(await ask(target, session))
  steps.push(await path(target, session, entry.tls))
  return true
}

/** As far as the login: with TLS or without; null where it does not get so far. */
async function approach(target: Target, steps: Step[]): Promise<Approach | null> {
  if (target.host.startsWith("/")) {
    const { steps: reached, way } = await reachSocket(target)
    steps.push(...reached)
    return way === null ? null : { tls: false }
  }
  const { step, addresses } = await resolveHost(target)
  steps.push(step)
  if (addresses.length === 0) return null
  const { steps: reached, way } = await reach(target, addresses)
  steps.push(...reached)
  if (way === null) return null
  const { step: secured, tls, failure } = await secure(target, way)
  steps.push(secured)
  return tls === null ? null : { tls, ...(failure === undefined ? {} : { failure }) }
}
