import { expect, test } from "vitest"
import { isJustBack } from "../../src/drill/just-back.ts"

const STATES = [
  { atMs: 0, state: "starting" },
  { atMs: 100, state: "primary" },
  { atMs: 20_000, state: "fallback" },
  { atMs: 24_000, state: "returning" },
  { atMs: 24_500, state: "primary" },
  { atMs: 25_000, state: "fallback" },
  { atMs: 26_000, state: "returning" },
  { atMs: 27_000, state: "fallback" },
  { atMs: 30_000, state: "returning" },
  { atMs: 30_500, state: "primary" },
]

test.each([
  ["before anything served", 1, false],
  ["while the primary serves", 2, false],
  ["after it had served for long", 3, false],
  ["after it was back for half a second", 6, true],
  ["after a return since that came to nothing", 8, true],
  ["while the primary serves again", 10, false],
])("only a backend that is just back may have tables without a copy: %s", (_what, entered, isSo) => {
  expect(isJustBack(STATES.slice(0, entered))).toBe(isSo)
})
