import { writeFileSync } from "node:fs"
import { classifyError } from "../../src/errors/classify.ts"
import { format } from "prettier"
import { takeDown, type FoundError } from "./found-error.ts"
import { PROVOCATIONS } from "./provocations.ts"
import { openStage } from "./stage.ts"

// Run it where another version of PostgreSQL, pgbouncer or Node is to be looked at:
// node --conditions=understudy-source packages/understudy/test/errors/collect-errors.ts
await using stage = await openStage()
const found: Record<string, FoundError> = {}
for (const { name, code, is, provoke } of PROVOCATIONS) {
  await stage.tidy()
  const error = await provoke(stage)
  const taken = takeDown(error)
  const differs = (taken.code !== code && code !== "any") || classifyError(error) !== is
  process.stdout.write(
    `${differs ? "!" : " "} ${name}: ${taken.code} ${taken.message} -> ${classifyError(error)}\n`,
  )
  found[name] = taken
}
const file = `${import.meta.dirname}/found-errors.json`
writeFileSync(file, await format(JSON.stringify(found), { parser: "json" }))
