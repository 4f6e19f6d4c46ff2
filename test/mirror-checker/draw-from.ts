import { Arbitrary, sample, Stream, Value, type Random } from "fast-check"
import { Draw } from "../fuzz/draw.ts"

class ArbitraryDraw extends Arbitrary<Draw> {
  override generate(random: Random): Value<Draw> {
    return new Value(new Draw(random.clone()), undefined)
  }

  override canShrinkWithoutContext(_value: unknown): _value is Draw {
    return false
  }

  override shrink(): Stream<Value<Draw>> {
    return Stream.nil()
  }
}

/** Draws that are always the same from one seed. */
export function drawFrom(seed: number): Draw {
  const [draw] = sample(new ArbitraryDraw(), { seed, numRuns: 1 })
  if (draw === undefined) throw new Error("nothing was drawn")
  return draw
}

/** A seed that draws one; for a process of its own. */
export function seedOf(draw: Draw): number {
  return draw.between(0, 2 ** 31 - 1)
}

/** A random uuid. Its first digits tell no order, as those of a uuid of version 4 do. */
export function drawUuid(draw: Draw): string {
  const hex = draw.times(8, () => draw.between(0, 0xffff).toString(16).padStart(4, "0")).join("")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
}
