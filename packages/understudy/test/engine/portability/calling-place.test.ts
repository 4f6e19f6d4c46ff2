import { expect, test } from "vitest"
import { callingPlace, placeIn } from "../../../src/engine/portability/calling-place.ts"

const OWN_FRAME = `    at compile (${new URL("../../../src/engine/portability/checked-engine.ts", import.meta.url).href}:1:2)`
const KYSELY = "    at execute (file:///app/node_modules/kysely/dist/query-builder.js:10:20)"
const NODE = "    at process.processTicksAndRejections (node:internal/process/task_queues:104:5)"

const FRAMES: readonly (readonly [frame: string, place: string | undefined])[] = [
  ["at save (file:///app/src/notes.ts:12:38)", "/app/src/notes.ts:12:38"],
  ["at async file:///app/src/notes.ts:12:38", "/app/src/notes.ts:12:38"],
  ["at async Promise.all (index 0)", undefined],
  ["at /app/notes.cjs:1:2", "/app/notes.cjs:1:2"],
  ["at new Notes (/app/notes.cjs:1:2)", "/app/notes.cjs:1:2"],
  ["at get [as notes] (/app/(admin)/the notes/[id].cjs:1:2)", "/app/(admin)/the notes/[id].cjs:1:2"],
  ["at page (file:///app/(admin)/the%20notes.ts:1:2)", "/app/(admin)/the notes.ts:1:2"],
  ["at save (C:\\app\\notes.cjs:1:2)", "C:\\app\\notes.cjs:1:2"],
  ["at save (file:///app/100%.ts:1:2)", "file:///app/100%.ts:1:2"],
  ["at save (file:///app/a%2Fb.ts:1:2)", "file:///app/a%2Fb.ts:1:2"],
  ["at eval (eval at run (/app/run.js:1:1), <anonymous>:1:1)", undefined],
  ["at <anonymous>", undefined],
]

test.each(FRAMES)("promise 3: a refusal tells the place in the program: %s", (frame, place) => {
  expect(placeIn(["Error: place", OWN_FRAME, KYSELY, NODE, `    ${frame}`].join("\n"))).toBe(place)
})

test("promise 1: a program's own idea of a stack is no error", () => {
  const before = Error.prepareStackTrace
  Error.prepareStackTrace = (_error, sites) => sites
  try {
    expect(callingPlace()).toBeUndefined()
  } finally {
    Error.prepareStackTrace = before
  }
  expect(callingPlace()).toContain(import.meta.filename)
})
