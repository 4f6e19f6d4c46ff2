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
  ["before anything served", 50, false],
  ["while the primary serves", 10_000, false],
  ["after it had served for long", 21_000, false],
  ["after it was back for half a second", 25_000, true],
  ["after a return since that came to nothing", 29_000, true],
  ["while the primary serves again", 31_000, false],
])("only a backend that is just back may have tables without a copy: %s", (_what, atMs, isSo) => {
  expect(isJustBack(STATES, atMs)).toBe(isSo)
})
