// Runs random programs on both engines and tells where they differ: `npm run fuzz -- --programs N --seed S [--from I]`.
import { parseArgs } from "node:util"
import { startPostgres } from "understudy-db/testing"
import { describeFailure, fingerprintOf } from "./describe.ts"
import { Engines } from "./engines.ts"
import { fuzz } from "./fuzz.ts"
import { readProgress, writeProgress } from "./progress.ts"
import { describeTally } from "./tally-text.ts"

const PROGRESS_EVERY = 50

const { values } = parseArgs({
  options: {
    programs: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    from: { type: "string" },
    "most-failures": { type: "string", default: "20" },
  },
})
const [programs, seed] = [Number(values.programs), Number(values.seed)]
const from = values.from === undefined ? readProgress(seed, programs) : Number(values.from)
const print = (text: string): void => void process.stdout.write(`${text}\n`)

await using server = await startPostgres()
await using engines = await Engines.open(server)
await using byBytes = await Engines.open(server, "C")
const start = performance.now()
const fingerprints = new Map<string, number>()

if (from > 0) print(`going on with program ${from} of ${programs}`)
const { failures, known, tally, next } = await fuzz(
  { engines, byBytes },
  {
    seed,
    from,
    programs: Math.max(0, programs - from),
    mostFailures: Number(values["most-failures"]),
    onFailure: (failure) => {
      const fingerprint = fingerprintOf(failure)
      const seen = fingerprints.get(fingerprint) ?? 0
      fingerprints.set(fingerprint, seen + 1)
      print(
        seen === 0
          ? describeFailure(engines.current, failure, seed)
          : `--- program ${failure.index}: as before: ${fingerprint}`,
      )
    },
    onProgram: (index) => {
      if (values.from === undefined && (index + 1) % PROGRESS_EVERY === 0) writeProgress(seed, index + 1)
    },
  },
)
// A look at one program leaves the progress of a long run as it is.
if (values.from === undefined) writeProgress(seed, next >= programs ? 0 : next)

const seconds = (performance.now() - start) / 1000
print(
  `\n${next - from} programs in ${seconds.toFixed(0)} s, ${((next - from) / seconds).toFixed(1)} a second; seed ${seed}`,
)
for (const line of describeTally(tally)) print(line)
for (const [construct, times] of known) print(`known: ${construct}: ${times} times`)
print(`${failures.length} differences, ${fingerprints.size} kinds`)
if (failures.length > 0) process.exitCode = 1
