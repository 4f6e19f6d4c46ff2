import { describe, expect, test } from "vitest"
import {
  emptyHistory,
  judge,
  pauseAfter,
  turnTo,
  type Circumstances,
  type ProbeHistory,
  type WatchedSide,
} from "../../src/failover/probe-history.ts"
import { outcomeOf, type ProbeOutcome } from "../../src/failover/probe-outcome.ts"

const NOTHING_HELD: Circumstances = { writesHeld: false }
const WRITES_HELD: Circumstances = { writesHeld: true }
const MINUTE_MS = 60_000

/** What each of these probes, a second after the other, has meant; `!` marks one that was suspected. */
function verdicts(
  side: WatchedSide,
  probes: string,
  known = NOTHING_HELD,
): (readonly ["lost" | "back" | null, ProbeHistory])[] {
  let history = emptyHistory(side)
  return probes.split(" ").map((word, index) => {
    const outcome = word.replace("!", "") as ProbeOutcome
    const judgement = judge(history, { outcome, suspected: word.endsWith("!"), atMs: index * 1_000 }, known)
    history = judgement.history
    return [judgement.verdict, history]
  })
}

function told(side: WatchedSide, probes: string, known = NOTHING_HELD): string {
  return verdicts(side, probes, known)
    .map(([verdict]) => verdict ?? "-")
    .join(" ")
}

describe("a primary that serves", () => {
  test.each([
    ["good good good", "- - -", "answers"],
    ["silent", "-", "one miss is none"],
    ["silent silent", "- lost", "two misses in a row"],
    ["silent good silent", "- - -", "two misses, an answer between them"],
    ["silent! silent", "- lost", "silence takes two, suspected or not"],
    ["gone", "-", "refused once, unasked"],
    ["gone gone", "- lost", "refused twice"],
    ["gone!", "lost", "an error that one probe confirms"],
    ["good gone!", "- lost", "the same later"],
    ["silent gone", "- lost", "silent, then refused"],
    ["gone silent", "- lost", "refused, then silent"],
    ["refused refused", "- -", "a refused password may be a slip of the server's"],
    ["refused refused refused", "- - lost", "three refused passwords in a row"],
    ["refused! refused! refused!", "- - lost", "suspicion does not hasten that"],
    ["refused refused good refused", "- - - -", "an answer between them"],
    ["crowded crowded good", "- - -", "no place left for a while"],
    ["crowded crowded crowded", "- - lost", "no place left for long"],
    ["silent refused", "- -", "silent, then an answer of sorts"],
    ["silent refused refused", "- - lost", "but no good one for long"],
    ["refused refused silent", "- - lost", "refused, then silent"],
    ["silent void silent", "- - lost", "what is void counts neither way"],
    ["void void void", "- - -", "our own fault"],
    ["silent void good silent", "- - - -", "void, then good"],
    ["void! gone!", "- lost", "void, then certain"],
    ["void void void void void void void", "- - - - - - lost", "late for ever"],
  ])("%s: %s, %s (promise 4)", (probes, expected) => {
    expect(told("serving", probes)).toBe(expected)
  })

  test.each([
    ["good", 2_000],
    ["silent", 0],
    ["gone", 0],
    ["void", 0],
    ["refused", 500],
    ["crowded", 2_000],
  ])("after %s the next probe begins after %d ms (promise 4)", (probes, pauseMs) => {
    const [[, history] = [null, emptyHistory("serving")]] = verdicts("serving", probes)
    expect(pauseAfter(history, NOTHING_HELD, 1)).toBe(pauseMs)
  })
})

describe("a primary that is away", () => {
  test.each([
    ["good good", "- -", "not yet"],
    ["good good good", "- - back", "three in a row"],
    ["good good silent good good good", "- - - - - back", "from the beginning"],
    ["good void good good", "- - - back", "void counts neither way"],
    ["silent gone refused crowded", "- - - -", "lost once is lost"],
    ["gone! gone!", "- -", "no suspicion makes it more so"],
    ["good good good gone!", "- - back lost", "back, and lost again"],
    ["good good good silent silent", "- - back - lost", "back, and silent again"],
  ])("%s: %s, %s (promise 4)", (probes, expected) => {
    expect(told("away", probes)).toBe(expected)
  })

  test("one good probe is enough while writes are held (promise 4)", () => {
    expect(told("away", "gone gone good", WRITES_HELD)).toBe("- - back")
    expect(pauseAfter(emptyHistory("away"), WRITES_HELD, 1)).toBe(100)
  })

  test("is asked ever more seldom, at least every 30 s, each instance at its own time (promise 4)", () => {
    const pauses = verdicts("away", Array(10).fill("gone").join(" ")).map(([, history]) => [
      pauseAfter(history, NOTHING_HELD, 0),
      pauseAfter(history, NOTHING_HELD, 1),
    ])
    expect(pauses.slice(0, 3)).toEqual([
      [500, 1_000],
      [1_000, 2_000],
      [2_000, 4_000],
    ])
    expect(pauses.at(-1)).toEqual([15_000, 30_000])
  })

  test("whose password was refused is asked slowly (promise 2)", () => {
    const [[, history] = [null, emptyHistory("away")]] = verdicts("away", "refused")
    expect(pauseAfter(history, NOTHING_HELD, 0)).toBe(5_000)
  })

  test("is not held to be back sooner for what it was asked before (promise 4)", () => {
    expect(pauseAfter(turnTo("away", emptyHistory("serving")), NOTHING_HELD, 1)).toBe(500)
  })
})

describe("a primary that flaps", () => {
  /** Good probes until it is back, for each time that it was lost so long after it had come back. */
  function goodsUntilBack(known: Circumstances, healthMs: number, times: number): number[] {
    let history = emptyHistory("serving")
    let atMs = 0
    return Array.from({ length: times }, () => {
      atMs += healthMs
      history = judge(history, { outcome: "gone", suspected: true, atMs }, known).history
      for (let goods = 1; ; goods++) {
        const judgement = judge(history, { outcome: "good", suspected: false, atMs }, known)
        history = judgement.history
        if (judgement.verdict === "back") return goods
      }
    })
  }

  test("must be good for twice as long each time, up to a bound (promise 4)", () => {
    expect(goodsUntilBack(NOTHING_HELD, 1_000, 7)).toEqual([3, 6, 12, 24, 48, 48, 48])
    expect(goodsUntilBack(WRITES_HELD, 1_000, 7)).toEqual([1, 2, 4, 8, 16, 16, 16])
  })

  test("is forgiven after some minutes of health (promise 4)", () => {
    expect(goodsUntilBack(NOTHING_HELD, 6 * MINUTE_MS, 3)).toEqual([3, 3, 3])
  })
})

test.each([
  ["primary.timeout", "silent"],
  ["primary.dns", "silent"],
  ["primary.refused", "gone"],
  ["primary.disconnected", "gone"],
  ["primary.unreachable", "gone"],
  ["primary.starting", "gone"],
  ["primary.pooler", "gone"],
  ["primary.read-only", "gone"],
  ["primary.too-many-connections", "crowded"],
  ["primary.auth-failed", "refused"],
  ["primary.not-admitted", "refused"],
  ["primary.database-missing", "refused"],
  ["primary.misconfigured", "refused"],
  ["primary.not-postgresql", "refused"],
  ["primary.failed", "refused"],
  ["tls.authority-unknown", "refused"],
] as const)("a probe that fails by %s is %s (promise 4)", (reason, outcome) => {
  expect(outcomeOf(reason)).toBe(outcome)
})
