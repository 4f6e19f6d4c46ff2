import { distance } from "fastest-levenshtein"
import { PG_VARIABLES, SETTING_VARIABLES } from "./variables.ts"

/** A variable that is set under a name close to a known one. */
export interface NearMiss {
  readonly name: string
  /** The known name it comes closest to. */
  readonly nearest: string
}

/** Slips of up to two letters; two swapped letters count as two. */
const FARTHEST = 2

/** Shorter names (HOST, PORT, PGUSER) have too many innocent neighbours. */
const SHORTEST = 8

/** Names that programs and shells set on purpose and that are near one of ours. */
const INNOCENT: ReadonlySet<string> = new Set(["LOGLEVEL"])

const PRINTABLE_NAME = /^[A-Za-z_ ][\w .-]{0,62}$/
const TARGETS: readonly string[] = [...SETTING_VARIABLES, ...PG_VARIABLES].filter(
  (name) => name.length >= SHORTEST,
)

/**
 * The names that look like misspelt ones of ours. A variable whose right name is set too is no slip:
 * `DATABASE_URL2` beside `DATABASE_URL` is meant.
 */
export function findNearMisses(
  names: readonly string[],
  isSet: (name: string) => boolean,
): readonly NearMiss[] {
  const known = new Set<string>([...SETTING_VARIABLES, ...PG_VARIABLES])
  const misses: NearMiss[] = []
  for (const name of names) {
    if (known.has(name) || INNOCENT.has(name) || !PRINTABLE_NAME.test(name)) continue
    const nearest = nearestTarget(normalise(name))
    if (nearest !== undefined && !isSet(nearest)) misses.push(Object.freeze({ name, nearest }))
  }
  return Object.freeze(misses)
}

/** Case, dashes, dots and stray spaces are slips that cost nothing. */
function normalise(name: string): string {
  return name.trim().toUpperCase().replaceAll(/[ .-]/g, "_")
}

function nearestTarget(name: string): string | undefined {
  let nearest: string | undefined
  let least = FARTHEST + 1
  for (const target of TARGETS) {
    if (Math.abs(target.length - name.length) > FARTHEST) continue
    // DATABASE and PASSWORD are other people's names, not PGDATABASE and PGPASSWORD without their head.
    if (target.startsWith("PG") && !name.startsWith("PG")) continue
    const apart = distance(name, target)
    if (apart < least) [nearest, least] = [target, apart]
  }
  return nearest
}
