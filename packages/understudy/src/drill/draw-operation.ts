import type { Draw } from "./draw.ts"
import type { Kind, Operation } from "./operations.ts"

const WEIGHTS: readonly (readonly [weight: number, kind: Kind])[] = [
  [30, "note"],
  [20, "bump"],
  [20, "transfer"],
  [10, "family"],
  [25, "member"],
  [6, "removal"],
  [15, "claim"],
  [6, "release"],
  [15, "stamping"],
  [15, "ticket"],
]

/** Names that are claimed and released. */
const NAMES = 40

/** Whose operations these are, and over what they meet others'. */
export interface DrawOptions {
  readonly keys: readonly string[]
  /** Families of which somebody knows, the latest last. */
  readonly families: readonly string[]
  /** Do they come through the backend? Then they can go in more than one way. */
  readonly byBackend: boolean
}

/** Draws an operation. */
export function drawOperation(draw: Draw, { keys, families, byBackend }: DrawOptions): Operation {
  const kind = draw.weighted(WEIGHTS)
  const id = draw.uuid()
  const [one, other] = draw.some(keys, 2, 2)
  const isTurned = draw.chance(50)
  const amount = draw.between(1, 50)
  const way = byBackend && kind === "note" ? draw.pick(["write", "statement", "key"] as const) : "write"
  const shared = { id, kind, amount, way, other: (isTurned ? one : other) ?? "" }
  if (kind === "member" || kind === "removal") {
    const known = families.slice(-15)
    return { ...shared, key: known.length === 0 ? draw.uuid() : draw.pick(known) }
  }
  if (kind === "claim" || kind === "release") return { ...shared, key: `name ${draw.between(1, NAMES)}` }
  return { ...shared, key: (isTurned ? other : one) ?? "" }
}
