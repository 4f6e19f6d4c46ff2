import { once } from "node:events"
import type { Socket } from "node:net"
import { checkServerIdentity, connect, type DetailedPeerCertificate, type TLSSocket } from "node:tls"
import { goesOnWithoutTls } from "../../engine/postgres/prefer.ts"
import { TlsHandshakeError, tlsRefusal } from "../../engine/postgres/tls-failure.ts"
import { finding } from "../../errors/finding.ts"
import type { Step } from "../report.ts"
import { bounded } from "./bounded.ts"
import { openSocket, type Way } from "./tcp.ts"
import { done, failed, findingOf, step, wordsOf, type Target } from "./target.ts"
import { engineTls, tlsCode, type EngineTls } from "./tls-options.ts"

/** The step, and whether to go on with TLS; null: not to go on. */
export interface Secured {
  readonly step: Step
  readonly tls: boolean | null
  /** What failed of TLS, where one goes on without it; it counts where a server demands TLS. */
  readonly failure?: Error
}

/** PostgreSQL's SSLRequest: its length, and the number that stands for it. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])

/** What a server said to the request. */
type Answer = "S" | "N" | "H" | "other"

/** What is told of a failure that `prefer` passes over. */
export const ONWARD = "sslmode prefer goes on without TLS"

/** What is told of a certificate's chain at most. */
const LONGEST_CHAIN = 5

/** Asks the server for TLS, and looks at its certificate, whatever the URL demands of it. */
export async function secure(target: Target, way: Way): Promise<Secured> {
  const wanted = await bounded(target.timeoutMs, (signal) => engineTls(target, signal))
  if (!wanted.ok) return broken(target, wanted.error, wanted.tookMs)
  const { mode } = wanted.value
  const asked = await bounded(target.timeoutMs, (signal) => request(way, signal))
  if (!asked.ok) return { step: failed("tls", target, asked.error, asked.tookMs), tls: null }
  const { answer, socket } = asked.value
  try {
    if (answer === "N") return refused(target, mode, asked.tookMs)
    if (answer !== "S") {
      const what =
        answer === "H" ? "it answers like a web server" : "it answers neither yes nor no to a request for TLS"
      const found = finding("primary.not-postgresql", { endpoint: target.endpoint, detail: what })
      return { step: step("tls", "failed", what, asked.tookMs, [found]), tls: null }
    }
    return await handshake(target, wanted.value, socket)
  } finally {
    socket.destroy()
  }
}

async function request(way: Way, signal: AbortSignal): Promise<{ answer: Answer; socket: Socket }> {
  const socket = await openSocket(way, signal)
  try {
    socket.write(SSL_REQUEST)
    const closed = once(socket, "close", { signal }).then(() => {
      throw Object.assign(new Error("closed"), { code: "ECONNRESET" })
    })
    const [chunk] = (await Promise.race([once(socket, "data", { signal }), closed])) as [Buffer]
    socket.pause()
    const letter = String.fromCharCode(chunk[0] ?? 0)
    const answer =
      letter === "N" || letter === "H" || (letter === "S" && chunk.length === 1) ? letter : "other"
    return { answer, socket }
  } catch (error) {
    socket.destroy()
    throw error
  }
}

function refused(target: Target, mode: EngineTls["mode"], tookMs: number): Secured {
  const failure = tlsRefusal()
  if (mode === "disable" || goesOnWithoutTls(mode, failure)) {
    const text = `not offered, and not demanded (sslmode ${mode})`
    return { step: done("tls", text, tookMs), tls: false, ...(mode === "disable" ? {} : { failure }) }
  }
  const found = finding("tls.refused-by-server", { endpoint: target.endpoint })
  return {
    step: step("tls", "failed", `not offered, but demanded (sslmode ${mode})`, tookMs, [found]),
    tls: null,
  }
}

async function handshake(target: Target, { mode, options }: EngineTls, socket: Socket): Promise<Secured> {
  // The chain is looked at even where nobody asked for that; whether it is good enough is judged below.
  const { rejectUnauthorized, checkServerIdentity: checksName, ...rest } = options
  const outcome = await bounded(target.timeoutMs, async (signal) => {
    const secured = connect({ ...rest, socket, rejectUnauthorized: false })
    secured.on("error", () => {})
    await once(secured, "secureConnect", { signal })
    return secured
  })
  if (!outcome.ok) {
    const text = `the handshake failed (${wordsOf(target, outcome.error)})`
    return (
      withoutTls(mode, outcome.error, text, outcome.tookMs) ?? broken(target, outcome.error, outcome.tookMs)
    )
  }
  const secured = outcome.value
  try {
    const certificate = secured.getPeerCertificate(true)
    const flaw = secured.authorized ? checkServerIdentity(target.host, certificate) : distrust(secured)
    const seen = describe(secured, certificate)
    const text = `${seen}; ${judge(flaw, mode)}`
    const demanded = secured.authorized ? checksName?.(target.host, certificate) : flaw
    if (rejectUnauthorized !== true || demanded === undefined || mode === "disable") {
      return { step: done("tls", text, outcome.tookMs), tls: mode !== "disable" }
    }
    const without = `${seen}; not to be verified (${demanded.message})`
    const onward = withoutTls(mode, demanded, without, outcome.tookMs)
    if (onward !== null) return onward
    const found = findingOf(target, demanded, tlsCode(demanded))
    return { step: step("tls", "failed", text, outcome.tookMs, [found]), tls: null }
  } finally {
    secured.destroy()
  }
}

/** Goes on without TLS where the engine would; null where it would not. */
function withoutTls(mode: EngineTls["mode"], error: unknown, text: string, tookMs: number): Secured | null {
  const isLate = !(error instanceof Error) || error.name === "TimeoutError"
  if (isLate) return null
  const failure = new TlsHandshakeError(error)
  if (!goesOnWithoutTls(mode, failure)) return null
  return { step: step("tls", "notice", `${text}; ${ONWARD}`, tookMs, []), tls: false, failure }
}

function broken(target: Target, error: unknown, tookMs: number): Secured {
  return { step: failed("tls", target, error, tookMs, tlsCode(error)), tls: null }
}

/** Why nobody vouches for the certificate: OpenSSL's own code for it. */
function distrust({ authorizationError }: TLSSocket): Error {
  const code = String(authorizationError)
  return Object.assign(new Error(code), { code })
}

function judge(flaw: Error | undefined, mode: EngineTls["mode"]): string {
  if (mode === "disable") return "offered, but switched off (sslmode disable)"
  const demands = mode.startsWith("verify-")
  if (flaw === undefined)
    return `verified; sslmode ${mode} ${demands ? "demands that" : "does not demand it"}`
  const why =
    (flaw as { code?: unknown }).code === "ERR_TLS_CERT_ALTNAME_INVALID" ? "another name" : flaw.message
  return `not to be verified (${why}) under sslmode ${mode}${demands ? "" : ", which need not be"}`
}

function describe(secured: TLSSocket, certificate: DetailedPeerCertificate): string {
  const issuers: string[] = []
  let current: DetailedPeerCertificate | undefined = certificate
  while (current?.issuer !== undefined && issuers.length < LONGEST_CHAIN) {
    issuers.push(nameOf(current.issuer))
    if (current.issuerCertificate === current) break
    current = current.issuerCertificate
  }
  const names = (certificate.subjectaltname ?? "")
    .split(", ")
    .map((name) => name.replace(/^(?:DNS|IP Address):/, ""))
    .filter((name) => name !== "")
  const subject = names.length > 0 ? names.slice(0, 4).join(", ") : nameOf(certificate.subject)
  const until = new Date(certificate.valid_to)
  const expiry = Number.isNaN(until.getTime()) ? "" : `, valid until ${until.toISOString().slice(0, 10)}`
  const text = `${secured.getProtocol() ?? "TLS"}, certificate for ${subject} by ${[...new Set(issuers)].join(" < ")}${expiry}`
  return text.replaceAll(/\p{C}/gu, "?")
}

function nameOf(
  name: { readonly CN?: string | string[]; readonly O?: string | string[] } | undefined,
): string {
  const own = name?.CN ?? name?.O ?? "nobody"
  return Array.isArray(own) ? own.join(" ") : own
}
