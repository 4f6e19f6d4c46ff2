// Runs the checker of fail-over: `npm run check:failover -- --seconds N --seed S [--runs K] [--instances I]
// [--scenario NAME]…`. Each run has the seed that follows: what was broken off goes on with `--seed` of the first that is
// missing.
import { parseArgs } from "node:util"
import { describeDrill, describeEvent } from "../../packages/understudy/src/drill/index.ts"
import { CHECKED, checkFailover } from "./check.ts"

const NAMES = CHECKED.map(({ name }) => name)
const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "30" },
    seed: { type: "string", default: "1" },
    runs: { type: "string", default: "1" },
    rate: { type: "string", default: "60" },
    instances: { type: "string", default: "1" },
    scenario: { type: "string", multiple: true, default: NAMES },
  },
})
const unknown = values.scenario.filter((name) => !NAMES.includes(name))
if (unknown.length > 0) {
  process.stderr.write(`There is no scenario ${unknown.join(", ")}; there are ${NAMES.join(", ")}.\n`)
  process.exit(64)
}
const [seconds, first, runs] = [Number(values.seconds), Number(values.seed), Number(values.runs)]
const numbers = [seconds, first, runs, Number(values.rate), Number(values.instances)]
if (!numbers.every((number) => Number.isInteger(number) && number > 0)) {
  process.stderr.write("Numbers are whole, and greater than nothing.\n")
  process.exit(64)
}
const print = (text: string): void => void process.stdout.write(`${text}\n`)

let failed = 0
for (let seed = first; seed < first + runs; seed += 1) {
  print(`seed ${seed}, ${seconds} s`)
  const result = await checkFailover({
    seed,
    seconds,
    rate: Number(values.rate),
    instances: Number(values.instances),
    scenarios: values.scenario,
    onEvent: (atMs, event) => print(describeEvent(atMs, event)),
  })
  print(describeDrill(result).join("\n"))
  if (result.found.length > 0) failed += 1
}
print(`${runs} runs, ${failed} failed`)
if (failed > 0) process.exitCode = 1
