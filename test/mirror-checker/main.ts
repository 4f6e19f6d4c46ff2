// Runs the checker of the mirror: `npm run check:mirror -- --seconds N --seed S [--runs K] [--fault NAME]…`. Each
// run has the seed that follows: what was broken off goes on with `--seed` of the first that is missing.
import { parseArgs } from "node:util"
import { checkMirrors } from "./check.ts"
import { describeResult } from "./describe.ts"
import { FAULT_NAMES } from "./faults.ts"

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
    runs: { type: "string", default: "1" },
    fault: { type: "string", multiple: true, default: [...FAULT_NAMES] },
  },
})
const unknown = values.fault.filter((name) => !FAULT_NAMES.includes(name))
if (unknown.length > 0) {
  process.stderr.write(`There is no fault ${unknown.join(", ")}; there are ${FAULT_NAMES.join(", ")}.\n`)
  process.exit(64)
}
const [seconds, first, runs] = [Number(values.seconds), Number(values.seed), Number(values.runs)]
const print = (text: string): void => void process.stdout.write(`${text}\n`)

let failed = 0
for (let seed = first; seed < first + runs; seed += 1) {
  print(`seed ${seed}, ${seconds} s`)
  const result = await checkMirrors({
    seed,
    seconds,
    faults: values.fault,
    onEvent: (event) => print(`  ${event}`),
  })
  print(describeResult(seed, result))
  if (result.found.length > 0) failed += 1
}
print(`${runs} runs, ${failed} failed`)
if (failed > 0) process.exitCode = 1
