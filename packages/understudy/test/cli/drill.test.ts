import { expect, test } from "vitest"
import { runCommandLine } from "../../src/cli/program.ts"
import { SCENARIOS } from "../../src/drill/index.ts"

async function run(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""]
  const code = await runCommandLine(["drill", ...args], {
    env: {},
    out: (text) => void (out += text),
    err: (text) => void (err += text),
  })
  return { code, out, err }
}

test("each scenario is listed, with what goes wrong in it", async () => {
  const { code, out } = await run("--list")
  expect(code).toBe(0)
  const lines = out.trimEnd().split("\n")
  expect(lines).toHaveLength(SCENARIOS.length)
  for (const [place, { name, title }] of SCENARIOS.entries()) {
    expect(lines[place]).toContain(title)
    expect(lines[place]?.startsWith(`${name} `)).toBe(true)
  }
})

test.each([
  [["nonsense"], "there is no such scenario"],
  [["kill", "nonsense"], "there is no such scenario"],
  [["--seed", "1.5"], "It must be a whole number of at least 0"],
  [["--instances", "0"], "It must be a whole number of at least 1"],
  [["--rate", "9999999999"], "It must be a whole number of at least 1"],
])("%j is refused before anything is started", async (args, why) => {
  const { code, out, err } = await run(...args)
  expect({ code, out }).toEqual({ code: 64, out: "" })
  expect(err).toContain(why)
  expect(err).not.toContain("9999999999")
})

test(
  "promise 4: a drill tells what happened, what the clients saw, and that nothing is lost",
  { timeout: 120_000 },
  async () => {
    const { code, out } = await run("kill", "--seed", "1")
    expect(out).toMatch(
      /scenario kill\n.*PostgreSQL is killed[^]* is fallback \([^]* is returning [^]* is primary /,
    )
    expect(out).toMatch(/^ {2}detection +\d+ ms after a refused or reset connection$/m)
    expect(out).toMatch(/^ {2}first write +\d+ ms after that was acknowledged$/m)
    expect(out).toMatch(/^ {2}clients +[1-9]\d* writes acknowledged, \d+ not applied, \d+ unknown; /m)
    expect(out).toMatch(
      /^ {2}handed back +[1-9]\d* transactions with [1-9]\d* row changes; \d+ transactions parked$/m,
    )
    expect(out).toMatch(/^ {2}verdict +nothing lost, nothing doubled/m)
    expect(code).toBe(0)
  },
)

test("promise 4: the same as JSON", { timeout: 120_000 }, async () => {
  const { code, out } = await run("refused", "--seed", "2", "--json")
  expect(JSON.parse(out)).toMatchObject({
    seed: 2,
    acts: [{ scenario: "refused", told: { acknowledged: expect.any(Number) }, found: [] }],
    found: [],
  })
  expect(code).toBe(0)
})
