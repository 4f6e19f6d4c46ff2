// Measures Understudy against a plain program that does the same, both in one run, in turn.
// `npm run bench -- start query faithful http mirror capture outage replay return [--quick] [--repetitions N] [--json FILE]`
import { writeFile } from "node:fs/promises"
import { parseArgs } from "node:util"
import { BENCHES } from "./benches.ts"
import { meets, type Figure } from "./support/measure.ts"
import { machineFacts, renderFigure } from "./support/report.ts"

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    repetitions: { type: "string" },
    json: { type: "string" },
  },
})
const names = positionals.length === 0 ? Object.keys(BENCHES) : positionals
const unknown = names.filter((name) => !Object.hasOwn(BENCHES, name))
if (unknown.length > 0) {
  process.stderr.write(
    `There is no bench ${unknown.join(", ")}; there are ${Object.keys(BENCHES).join(", ")}.\n`,
  )
  process.exit(64)
}
const repetitions = Number(values.repetitions ?? (values.quick ? 3 : 9))
const machine = machineFacts()
process.stdout.write(
  `${Object.entries(machine)
    .map(([name, fact]) => `${name} ${fact}`)
    .join("; ")}\n`,
)

process.stdout.write(`medians of ${repetitions}, ours and theirs in turn\n`)

const results: Record<string, readonly Figure[]> = {}
for (const name of names) {
  process.stdout.write(`\n${name}\n`)
  const figures = (await BENCHES[name]?.({ repetitions, quick: values.quick })) ?? []
  for (const figure of figures) process.stdout.write(`${renderFigure(figure)}\n`)
  results[name] = figures
}
if (values.json !== undefined) {
  await writeFile(values.json, `${JSON.stringify({ machine, repetitions, results }, null, 2)}\n`)
}
const missed = Object.values(results)
  .flat()
  .filter((figure) => !meets(figure)).length
process.stdout.write(missed === 0 ? "\nEvery target is met.\n" : `\n${missed} targets missed.\n`)
if (missed > 0 && !values.quick) process.exitCode = 1
