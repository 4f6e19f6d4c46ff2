import fc from "fast-check"
import { ArbitraryProgram } from "./arbitrary-program.ts"
import type { Engines } from "./engines.ts"
import { explain } from "./known-differences.ts"
import type { Program } from "./program.ts"
import { emptyTally, runProgram, type Found, type Tally } from "./run-program.ts"

/** Runs of smaller programs for one difference, and the time for them. */
const SHRINK_RUNS = 1500
const SHRINK_MS = 10_000

/** A program on which the engines differ, as small as it could be made. */
export interface Failure extends Found {
  readonly index: number
  readonly program: Program
}

/** What is done with a program's outcome. */
export interface FuzzOptions {
  readonly seed: number
  /** Of this program and those that follow. */
  readonly from: number
  readonly programs: number
  /** Ends the run after so many differences. */
  readonly mostFailures: number
  readonly onProgram?: (index: number) => void
  readonly onFailure?: (failure: Failure) => void
}

/** What a run came to. */
export interface FuzzResult {
  readonly failures: readonly Failure[]
  readonly known: ReadonlyMap<string, number>
  readonly tally: Tally
  /** The program with which a later run goes on. */
  readonly next: number
}

/** A seed for each program of a run, so that each can be had by itself. */
function seedOf(seed: number, index: number): number {
  return (Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) | 0
}

/** Where programs are run. */
export interface Stage {
  readonly engines: Engines
  /** The same with a PostgreSQL that orders all text by its bytes. */
  readonly byBytes: Engines
}

/** How one program ended. */
interface Ended {
  readonly failure?: Failure
  /** The known difference that it has come upon. */
  readonly known?: string
}

/** Runs one program; where the engines differ, it is made smaller. */
async function runOne(
  { engines, byBytes }: Stage,
  seed: number,
  index: number,
  tally: Tally,
): Promise<Ended> {
  let failure: Failure | undefined
  let known: string | undefined
  let runs = 0
  let end = Infinity
  const property = fc.asyncProperty(new ArbitraryProgram(), async (program) => {
    runs += 1
    if (runs > SHRINK_RUNS || performance.now() > end) return true
    const found = await runProgram(engines, program, failure === undefined ? tally : emptyTally())
    if (found === undefined || (failure !== undefined && found.difference.kind !== failure.difference.kind))
      return true
    const explained = await explain(found, program, byBytes)
    if (failure === undefined) known = explained
    if (explained !== undefined) return true
    if (failure === undefined) end = performance.now() + SHRINK_MS
    failure = { ...found, index, program }
    return false
  })
  const result = await fc.check(property, { seed: seedOf(seed, index), numRuns: 1 })
  if (result.failed && failure === undefined) throw result.errorInstance
  return { ...(failure && { failure }), ...(known !== undefined && { known }) }
}

/** Runs programs on both engines and tells where they differ. */
export async function fuzz(stage: Stage, options: FuzzOptions): Promise<FuzzResult> {
  const { seed, from, programs, mostFailures } = options
  const failures: Failure[] = []
  const known = new Map<string, number>()
  const tally = emptyTally()
  let index = from
  for (; index < from + programs && failures.length < mostFailures; index += 1) {
    const { failure, known: name } = await runOne(stage, seed, index, tally)
    if (name !== undefined) known.set(name, (known.get(name) ?? 0) + 1)
    if (failure !== undefined) {
      failures.push(failure)
      options.onFailure?.(failure)
    }
    options.onProgram?.(index)
  }
  return { failures, known, tally, next: index }
}
