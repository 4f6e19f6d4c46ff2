import type { Arbitrary, Random } from "fast-check"
import { Draw as PlainDraw } from "../../packages/understudy/src/drill/draw.ts"

/** Draws at random, from fast-check's randomness, always the same from one seed. */
export class Draw extends PlainDraw {
  readonly #random: Random
  #names = 0

  constructor(random: Random) {
    super(random)
    this.#random = random
  }

  /** A name that was not given yet. */
  name(prefix: string): string {
    this.#names += 1
    return `${prefix}${this.#names}`
  }

  /** A value of one of fast-check's arbitraries. */
  of<T>(arbitrary: Arbitrary<T>): T {
    return arbitrary.generate(this.#random, 8).value
  }
}
