import type { Server } from "node:http"
import { finding, type Finding } from "../errors/finding.ts"
import { UnderstudyError } from "../errors/understudy-error.ts"
import { DEFAULT_HOST, DEFAULT_PORT } from "../settings/listen-defaults.ts"

/** Where to listen. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/** Where it came to listen. */
export interface Listening extends ListenAddress {
  /** `settings.host-unusable`, `settings.port-unusable`: what was asked for and could not be had. */
  readonly findings: readonly Finding[]
}

/**
 * Listens where it is asked to. An address that the system does not give, and a port that this account may not have,
 * are replaced by the defaults, with a finding; a port that is taken is not: another one would not be found there.
 *
 * @throws UnderstudyError `UNDERSTUDY_LISTEN` where the port is taken, or the defaults cannot be had either.
 */
export async function listenAt(server: Server, asked: ListenAddress): Promise<Listening> {
  const findings: Finding[] = []
  let address = asked
  for (;;) {
    const failure = await tryToListen(server, address)
    if (failure === null)
      return { ...address, port: portOf(server, address), findings: Object.freeze(findings) }
    const instead = insteadOf(address, failure)
    if (instead === null) throw listenError(address, failure, findings)
    findings.push(instead.finding)
    address = instead.address
  }
}

/** The system's error; null where it listens. */
function tryToListen(server: Server, { host, port }: ListenAddress): Promise<NodeJS.ErrnoException | null> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.ErrnoException | null>()
  server.once("error", resolve)
  server.listen({ host, port }, () => resolve(null))
  return promise.finally(() => server.off("error", resolve))
}

function portOf(server: Server, { port }: ListenAddress): number {
  const bound = server.address()
  return typeof bound === "object" && bound !== null ? bound.port : port
}

/** The errors that speak against the address, and not against the port. */
const HOST_FAILURES: ReadonlySet<string> = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT", "EINVAL"])

function insteadOf(
  { host, port }: ListenAddress,
  failure: NodeJS.ErrnoException,
): { readonly address: ListenAddress; readonly finding: Finding } | null {
  const detail = detailOf(failure)
  if (failure.code === "EACCES" && port !== DEFAULT_PORT) {
    return {
      address: { host, port: DEFAULT_PORT },
      finding: finding("settings.port-unusable", { port, detail, instead: DEFAULT_PORT }),
    }
  }
  if (HOST_FAILURES.has(failure.code ?? "") && host !== DEFAULT_HOST) {
    return {
      address: { host: DEFAULT_HOST, port },
      finding: finding("settings.host-unusable", { host, detail, instead: DEFAULT_HOST }),
    }
  }
  return null
}

/** What was tried before belongs to the answer: it is what somebody has asked for. */
function listenError(
  { host, port }: ListenAddress,
  cause: NodeJS.ErrnoException,
  before: readonly Finding[],
): UnderstudyError {
  const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`
  const detail = [detailOf(cause), ...before.map(({ message }) => message.replace(/\.$/, ""))].join("; ")
  return new UnderstudyError("UNDERSTUDY_LISTEN", { address, detail }, { cause })
}

const DETAILS: Readonly<Record<string, string>> = {
  EADDRINUSE: "another process listens there",
  EACCES: "this user may not listen there",
  EADDRNOTAVAIL: "this machine has no such address",
}

function detailOf({ code }: NodeJS.ErrnoException): string {
  return DETAILS[code ?? ""] ?? code ?? "the system refused it"
}
