// All that takes long, step by step: `npm run verify:long [-- --only NAME]…`. What has passed on this commit is left
// out when it is run again, so that a run may be broken off; a changed work tree has nothing passed.
import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { appendFileSync, createWriteStream, existsSync, globSync, mkdirSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve, sep } from "node:path"
import { pipeline } from "node:stream/promises"
import { parseArgs } from "node:util"
import { BENCHES } from "../bench/benches.ts"
import { CHECKED, MISSING } from "../test/failover-checker/check.ts"

interface Step {
  /** Its group and what is special to it, as in `mirror seed 3`. */
  readonly name: string
  readonly command: readonly string[]
}

const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1)

/** The folders of tests, but for those below another one; one whose tests are beside folders is taken file by file. */
function testPlaces(): string[] {
  const files = globSync(["packages/*/test/**/*.test.ts", "apps/*/test/**/*.test.ts", "test/**/*.test.ts"])
  const roots = new Set(globSync(["packages/*/test", "apps/*/test", "test"]))
  const places = files.map((file) => {
    let place = file
    while (!roots.has(dirname(place))) place = dirname(place)
    return place === file ? file : place + sep
  })
  return [...new Set(places)].toSorted()
}

const STEPS: readonly Step[] = [
  ...testPlaces().map((place) => ({
    name: `tests in ${place}`,
    command: [
      "npx",
      "vitest",
      "run",
      "--testTimeout=600000",
      resolve(place) + (place.endsWith(sep) ? sep : ""),
    ],
  })),
  ...SEEDS.map((seed) => ({
    name: `mirror seed ${seed}`,
    command: npmRun("check:mirror", "--seconds", "60", "--seed", String(seed)),
  })),
  { name: "programs", command: npmRun("fuzz", "--programs", "20000", "--seed", "1") },
  ...SEEDS.flatMap((seed) =>
    CHECKED.map(({ name }) => ({
      name: `failover seed ${seed}, ${name}`,
      command: npmRun("check:failover", "--seconds", "10", "--seed", String(seed), "--scenario", name),
    })),
  ),
  ...SEEDS.map((seed) => ({
    name: `failover of three, seed ${seed}`,
    command: npmRun("check:failover", "--seconds", "30", "--seed", String(seed), "--instances", "3"),
  })),
  ...Object.keys(BENCHES).map((name) => ({
    name: `bench of ${name}`,
    command: npmRun("bench", name, "--repetitions", "3"),
  })),
  { name: "failover anything", command: npmRun("check:failover", "--seconds", "600", "--seed", "1000") },
]

const print = (text: string): void => void process.stdout.write(`${text}\n`)

function npmRun(script: string, ...options: readonly string[]): string[] {
  return ["npm", "run", "--silent", script, "--", ...options]
}

function git(...options: readonly string[]): string {
  return execFileSync("git", options, { encoding: "utf8" }).trim()
}

/** The lines of its output go to a file, which is told of where it failed. */
async function passes(step: Step, folder: string): Promise<boolean> {
  const { name, command } = step
  const log = logOf(step, folder)
  const start = performance.now()
  const [program = "", ...options] = command
  const child = spawn(program, options, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, UNDERSTUDY_LONG: "1", UNDERSTUDY_PROPERTY_RUNS: "2000" },
  })
  const closed = once(child, "close")
  await pipeline(child.stdout, createWriteStream(log))
  const [code] = (await closed) as [number | null]
  const seconds = ((performance.now() - start) / 1000).toFixed(0)
  print(`${code === 0 ? "ok    " : "FAILED"}  ${name.padEnd(50)} ${seconds.padStart(5)} s`)
  if (code !== 0) print(`${readFileSync(log, "utf8").split("\n").slice(-80).join("\n")}\nAll of it: ${log}`)
  return code === 0
}

function logOf({ name }: Step, folder: string): string {
  return join(folder, `${name.replaceAll(/[^a-z0-9]+/g, "-")}.log`)
}

/** What the drills among the steps came to together, by the words of their logs. */
function totals(folder: string, all: readonly Step[]): string[] {
  const logs = all.map((step) => logOf(step, folder)).filter((file) => existsSync(file))
  const text = logs.map((file) => readFileSync(file, "utf8")).join("\n")
  const sum = (pattern: RegExp): number =>
    [...text.matchAll(pattern)].reduce((total, [, number = "1"]) => total + Number(number), 0)
  const operations = sum(/^ +operations +(\d+),/gm)
  if (operations === 0) return []
  return [
    `${operations} operations through ${sum(/^ +[\d.]+ s +scenario /gm)} scenarios`,
    `${sum(/(\d+) writes acknowledged/g)} writes acknowledged, ${sum(/(\d+) not applied/g)} not applied, ${sum(/(\d+) unknown;/g)} unknown`,
    `${sum(/^ +parked +(\d+) transactions/gm)} transactions parked`,
  ]
}

const { values } = parseArgs({ options: { only: { type: "string", multiple: true, default: [""] } } })
const steps = STEPS.filter(({ name }) => values.only.some((start) => name.startsWith(start)))
if (steps.length === 0) {
  print(
    `No step's name begins with ${values.only.join(" or ")}; there are ${STEPS.map(({ name }) => name).join("; ")}.`,
  )
  process.exit(64)
}

const changedAt = Date.now()
const stateOfTree = (): string =>
  git("status", "--porcelain") === "" ? git("rev-parse", "HEAD") : `changed-${changedAt}`
const state = stateOfTree()
const folder = join(tmpdir(), "understudy-verify-long", state)
mkdirSync(folder, { recursive: true })
const passedFile = join(folder, "passed")
const before = new Set(existsSync(passedFile) ? readFileSync(passedFile, "utf8").split("\n") : [])

const count = { passed: 0, failed: 0 }
for (const step of steps) {
  if (stateOfTree() !== state) {
    print("What is tested has changed meanwhile: begin anew. A git worktree of its own stays as it is.")
    process.exit(1)
  }
  if (before.has(step.name)) {
    print(`ok      ${step.name.padEnd(50)}  before`)
    count.passed += 1
  } else if (await passes(step, folder)) {
    appendFileSync(passedFile, `${step.name}\n`)
    count.passed += 1
  } else {
    count.failed += 1
  }
}
for (const { name } of MISSING) print(`not run: ${name}, which this machine cannot do`)
for (const line of totals(folder, steps)) print(line)
print(`${count.passed} steps passed, ${count.failed} failed`)
if (count.failed > 0) process.exitCode = 1
