import type { Operation, Outcome } from "./operations.ts"

/** An operation, who wanted it and what became of it. Times are milliseconds since the run began. */
export interface Entry {
  readonly client: string
  /** The backend by which it went; null: straight to the primary, as others do. */
  readonly instance: string | null
  readonly operation: Operation
  readonly invokedAtMs: number
  endedAtMs?: number
  outcome?: Outcome
}

/** All operations of a run, by whomever. */
export class History {
  readonly entries: Entry[] = []
  readonly #beganMs = performance.timeOrigin + performance.now()

  now(): number {
    return this.at(performance.timeOrigin + performance.now())
  }

  /** A moment since 1970, in milliseconds, as one of the history. */
  at(sinceEpochMs: number): number {
    return Math.round(sinceEpochMs - this.#beganMs)
  }

  invoke(client: string, instance: string | null, operation: Operation): Entry {
    const entry: Entry = { client, instance, operation, invokedAtMs: this.now() }
    this.entries.push(entry)
    return entry
  }

  end(entry: Entry, outcome: Outcome): void {
    entry.endedAtMs = this.now()
    entry.outcome = outcome
  }

  /** All that concerned a key of this kind of operation, as lines. */
  concerning(operation: Operation): string[] {
    const keys = new Set([operation.key, operation.other, operation.id])
    return this.entries
      .filter(({ operation: each }) => each.id === operation.id || isAboutOneOf(keys, operation, each))
      .slice(-MOST_LINES)
      .map(describeEntry)
  }
}

const MOST_LINES = 60
const RELATED: readonly (readonly string[])[] = [
  ["family", "member", "removal"],
  ["claim", "release"],
]

function isAboutOneOf(keys: ReadonlySet<string>, operation: Operation, each: Operation): boolean {
  const kinds = RELATED.find((group) => group.includes(operation.kind)) ?? [operation.kind]
  if (!kinds.includes(each.kind)) return false
  return keys.has(each.key) || keys.has(each.id) || (each.kind === "transfer" && keys.has(each.other))
}

/** One operation as a line. */
export function describeEntry({
  client,
  instance,
  operation,
  invokedAtMs,
  endedAtMs,
  outcome,
}: Entry): string {
  const { id, kind, key, other, amount, way } = operation
  const what = kind === "transfer" ? `${key} -> ${other} ${amount}` : key
  const came =
    outcome === undefined
      ? "never ended"
      : outcome.kind === "ok"
        ? `ok ${outcome.value ?? ""}`
        : `${outcome.kind}: ${outcome.why.split("\n")[0]?.slice(0, 160)}`
  return `${invokedAtMs}-${endedAtMs ?? ""} ms ${client}${instance === null ? "" : ` by ${instance}`}: ${kind} (${way}) ${what} [${id}] ${came}`
}
