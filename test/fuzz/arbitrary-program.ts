import { Arbitrary, Stream, Value, type Random } from "fast-check"
import { Draw } from "./draw.ts"
import { drawProgram } from "./generate-program.ts"
import type { Program } from "./program.ts"
import { smaller } from "./shrink.ts"

/** How many smaller programs were tried before this one was found, so that the search goes on from there. */
interface Context {
  readonly tried: number
}

/** Programs, for fast-check: it draws them and makes them smaller. */
export class ArbitraryProgram extends Arbitrary<Program> {
  override generate(random: Random): Value<Program> {
    return new Value(drawProgram(new Draw(random)), undefined)
  }

  override canShrinkWithoutContext(_value: unknown): _value is Program {
    return false
  }

  override shrink(program: Program, context: unknown): Stream<Value<Program>> {
    const start = (context as Context | undefined)?.tried ?? 0
    return new Stream(candidatesFrom(program, start))
  }
}

function* candidatesFrom(program: Program, start: number): Generator<Value<Program>, void> {
  const skipped: Program[] = []
  let place = 0
  for (const candidate of smaller(program)) {
    if (place < start) skipped.push(candidate)
    else yield new Value(candidate, { tried: place } satisfies Context)
    place += 1
  }
  for (const [tried, candidate] of skipped.entries()) yield new Value(candidate, { tried } satisfies Context)
}
