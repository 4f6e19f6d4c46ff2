import { globSync, readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { breaches, NUMBERS } from "./support/architecture.ts"
import { readModule } from "./support/read-module.ts"

const SOURCES = ["packages/*/src/**/*.ts", "apps/*/src/**/*.ts"]

test("imports go down, in every file of the library and the app", () => {
  const modules = globSync(SOURCES).map((path) => readModule(path, readFileSync(path, "utf8")))
  expect(modules.length).toBeGreaterThan(50)
  expect(breaches(modules)).toEqual([])
})

test("ARCHITECTURE.md gives each folder the number that is checked", () => {
  const rows = readFileSync("ARCHITECTURE.md", "utf8").matchAll(/^\| +(\d+) +\| `([\w./]+?)\/?` /gm)
  expect(Object.fromEntries([...rows].map(([, number, place]) => [place, Number(number)]))).toEqual(NUMBERS)
})

const library = (place: string): string => `packages/understudy/src/${place}`
const bad: readonly (readonly [what: string, path: string, text: string, says: string])[] = [
  ["upward edge", library("url/a.ts"), `import { b } from "../plan/b.ts"`, "upward edge"],
  ["upward edge of a type", library("url/a.ts"), `import type { B } from "../plan/b.ts"`, "upward edge"],
  ["upward re-export", library("url/a.ts"), `export * from "../plan/b.ts"`, "upward edge"],
  ["upward import()", library("url/a.ts"), `await import("../plan/b.ts")`, "upward edge"],
  ["upward import type", library("url/a.ts"), `type B = import("../plan/b.ts").B`, "upward edge"],
  ["sibling edge", library("session/a.ts"), `import { b } from "../failover/b.ts"`, "sibling edge"],
  ["one engine in the other", library("engine/sqlite/a.ts"), `import "../postgres/b.ts"`, "sibling edge"],
  ["a folder without a number", library("helpers/a.ts"), "", "no number"],
  [
    "an import from outside",
    library("url/a.ts"),
    `import "../../../../apps/tasks/src/b.ts"`,
    "outside the library",
  ],
  ["the package itself", library("fastify/a.ts"), `import "understudy-db"`, "its own package"],
  ["process.env", library("url/a.ts"), "process.env.HOME", "process.env"],
  ["process['env']", library("url/a.ts"), "process['env']", "process.env"],
  ["env of node:process", library("url/a.ts"), `import { env } from "node:process"`, "process.env"],
  ["env taken from process", library("url/a.ts"), "const { env } = process", "process.env"],
  ["console", library("url/a.ts"), "console.log(1)", "console"],
  ["console handed on", library("url/a.ts"), "use(console)", "console"],
  ["console in the app", "apps/tasks/src/a.ts", "console.log(1)", "console"],
  ["files outside host/", library("plan/a.ts"), `import { statSync } from "node:fs"`, "looks at the machine"],
  ["an index file with a body", library("engine/index.ts"), "export const a = 1", "defines something"],
  ["a long file", library("url/a.ts"), "\n".repeat(401), "401 lines"],
  ["the library's inside", "apps/tasks/src/a.ts", `import "understudy-db/src/url/a.ts"`, "no public entry"],
  [
    "the library's folder",
    "apps/tasks/src/a.ts",
    `import "../../../packages/understudy/src/a.ts"`,
    "no public entry",
  ],
]

test.each(bad)("the check finds: %s", (_, path, text, says) => {
  expect(breaches([readModule(path, text)])).toEqual([expect.stringContaining(says)])
})

test("the check finds a ring of type imports, and leaves what is right alone", () => {
  const first = readModule(library("url/a.ts"), `import type { B } from "./b.ts"`)
  const second = readModule(library("url/b.ts"), `import type { A } from "./a.ts"`)
  expect(breaches([first, second])).toEqual([expect.stringMatching(/^cycle: .*a\.ts > .*b\.ts > .*a\.ts$/)])
  const down = readModule(library("plan/a.ts"), `import { b } from "../url/b.ts"`)
  expect(breaches([down, readModule(library("url/b.ts"), "const text = 'process.env console'")])).toEqual([])
})
