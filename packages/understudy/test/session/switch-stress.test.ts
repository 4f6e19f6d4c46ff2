import { randomUUID } from "node:crypto"
import { expect, it, vi } from "vitest"
import { openSwitchingPair } from "./switching-pair.ts"

const SESSIONS = 50
const WRITES_EACH = 6
const WAIT = { timeout: 30_000, interval: 20 }

/** Numbers from a seed, so that a run that failed can be had again. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

it.each([1, 2, 3])(
  "50 sessions at once, connections reset at random, the primary lost in the end: each outcome is true (promise 4; seed %i)",
  { timeout: 120_000 },
  async (seed) => {
    const random = seeded(seed)
    const pair = await openSwitchingPair({ writesAfterMs: 50 })
    const { proxy, sessions, source } = pair
    let toBreak = false
    proxy.onClientMessage(() => {
      if (random() > (toBreak ? 0.2 : 0.03)) return "pass"
      if (toBreak) void proxy.refuse()
      return "reset"
    })
    proxy.onServerMessage(() => (random() < 0.01 ? "reset" : "pass"))
    const outcomes: { readonly id: string; readonly outcome: string }[] = []
    const write = async (index: number): Promise<void> => {
      const id = randomUUID()
      const values = { id, text: "x" }
      const ways = [
        () => sessions.kysely.insertInto("note").values(values).execute(),
        () => sessions.write((db) => db.insertInto("note").values(values).execute()),
        () =>
          sessions.write((db) => db.insertInto("note").values(values).execute(), {
            rerun: "any",
            maxAttempts: 50,
          }),
        () => sessions.kysely.transaction().execute((db) => db.insertInto("note").values(values).execute()),
      ]
      const outcome = await (ways[index % ways.length]?.() ?? Promise.resolve()).then(
        () => "yes",
        (error: { code?: string; applied?: string }) => error.applied ?? `not told: ${String(error)}`,
      )
      outcomes.push({ id, outcome })
      // Reads see no error, whatever happens.
      await sessions.kysely.selectFrom("note").select("id").where("id", "=", id).execute()
    }
    const running = Array.from({ length: SESSIONS }, async (_, session) => {
      for (let each = 0; each < WRITES_EACH; each += 1) await write(session + each)
    })
    await vi.waitFor(() => expect(outcomes.length).toBeGreaterThan(SESSIONS * 2), WAIT)
    toBreak = true
    await Promise.all(running)
    expect(source.current("write")).toBe(pair.fallback)
    proxy.onClientMessage(undefined)

    const wrong: string[] = []
    const counts: Record<string, number> = {}
    for (const { id, outcome } of outcomes) {
      counts[outcome] = (counts[outcome] ?? 0) + 1
      const { primary, fallback } = await pair.found(id)
      const copies = primary + fallback
      const isTrue = outcome === "yes" ? copies === 1 : outcome === "no" ? copies === 0 : copies <= 1
      if (!isTrue || !["yes", "no", "unknown"].includes(outcome)) wrong.push(`${outcome}: ${copies} copies`)
    }
    expect(wrong).toEqual([])
    expect(outcomes).toHaveLength(SESSIONS * WRITES_EACH)
    expect(counts["yes"]).toBeGreaterThan(SESSIONS)
  },
)
