import { lookup } from "node:dns/promises"
import { isIP } from "node:net"
import type { Step } from "../report.ts"
import { bounded } from "./bounded.ts"
import { done, failed, step, type Target } from "./target.ts"

/** The step, and the addresses to try, IPv4 first, as the engine has it. */
export interface Resolved {
  readonly step: Step
  readonly addresses: readonly string[]
}

/** Says that the name has no address of this kind; all else may be the resolver's trouble. */
const NO_ADDRESS: ReadonlySet<string> = new Set(["ENOTFOUND", "ENODATA", "EAI_NODATA", "EAI_ADDRFAMILY"])

/** Resolves the host's name as the engine does, by the system's own resolver: A and AAAA, each by itself. */
export async function resolveHost(target: Target): Promise<Resolved> {
  const { host, timeoutMs, shown } = target
  if (isIP(host) !== 0) {
    return { step: step("dns", "skipped", "the host is an address", null, []), addresses: [host] }
  }
  const [v4, v6] = await Promise.all(
    [4, 6].map((family) => bounded(timeoutMs, () => lookup(host, { all: true, family }))),
  )
  const addressesOf = (outcome: typeof v4): string[] =>
    outcome?.ok === true ? [...new Set(outcome.value.map(({ address }) => address))] : []
  const addresses = [...addressesOf(v4), ...addressesOf(v6)]
  const tookMs = Math.max(v4?.tookMs ?? 0, v6?.tookMs ?? 0)
  if (addresses.length > 0) {
    const list = (kind: string, outcome: typeof v4): string => {
      const found = addressesOf(outcome)
      if (found.length === 0) return `no ${kind}`
      return `${kind} ${shown ? found.join(", ") : `${found.length} found`}`
    }
    return { step: done("dns", `${list("A", v4)}; ${list("AAAA", v6)}`, tookMs), addresses }
  }
  const errors = [v4, v6].flatMap((outcome) => (outcome?.ok === false ? [outcome.error] : []))
  const worst =
    errors.find((error) => !NO_ADDRESS.has(String((error as { code?: unknown }).code))) ?? errors[0]
  return { step: failed("dns", target, worst, tookMs, "primary.dns"), addresses: [] }
}
