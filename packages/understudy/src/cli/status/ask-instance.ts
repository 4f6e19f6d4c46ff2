/** What a running instance says of itself: the public part of its `/health`. */
export interface InstanceReport {
  readonly url: string
  readonly status: string
  readonly state: string
  readonly engine: string | null
  readonly since: string
  readonly reason: string
  readonly writable: boolean
  readonly pending: { readonly changes: number; readonly oldestAgeMs: number | null } | null
  readonly parked: number | null
  readonly findings: readonly InstanceFinding[]
}

/** A finding as anybody may read it. */
export interface InstanceFinding {
  readonly code: string
  readonly severity: string
  readonly title: string
  readonly remedy: string
}

const LIMIT_MS = 1_000
/** Whatever listens there may be anything. */
const MOST_BYTES = 2 ** 20

/**
 * Asks an instance on this machine. No token is sent: it would be anybody's who listens on that port. Null where nothing
 * answers there, or nothing that is an instance.
 */
export async function askInstance(url: string): Promise<InstanceReport | null> {
  try {
    const signal = AbortSignal.timeout(LIMIT_MS)
    const response = await fetch(url, { signal, redirect: "error" })
    if (!(response.headers.get("content-type") ?? "").startsWith("application/health+json")) return null
    return readInstance(url, JSON.parse(await readAtMost(response, MOST_BYTES)))
  } catch {
    return null
  }
}

async function readAtMost(response: Response, most: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > most) throw new Error("the answer is too long")
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString("utf8")
}

type Body = Readonly<Record<string, unknown>>

/** Null where it is of another form. */
function readInstance(url: string, body: unknown): InstanceReport | null {
  if (!isRecord(body) || typeof body["state"] !== "string" || typeof body["status"] !== "string") return null
  const { status, state, engine, since, reason, writable, pending, parked, findings } = body
  return {
    url,
    status,
    state,
    engine: typeof engine === "string" ? engine : null,
    since: textOf(since),
    reason: textOf(reason),
    writable: writable === true,
    pending: isRecord(pending)
      ? { changes: numberOf(pending["changes"]) ?? 0, oldestAgeMs: numberOf(pending["oldestAgeMs"]) }
      : null,
    parked: numberOf(parked),
    findings: (Array.isArray(findings) ? findings : []).filter(isRecord).map((each) => ({
      code: textOf(each["code"]),
      severity: textOf(each["severity"]),
      title: textOf(each["title"]),
      remedy: textOf(each["remedy"]),
    })),
  }
}

function isRecord(value: unknown): value is Body {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : ""
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" ? value : null
}
