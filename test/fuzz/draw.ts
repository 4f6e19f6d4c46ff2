import type { Arbitrary, Random } from "fast-check"

/** Draws at random, always the same from one seed. */
export class Draw {
  readonly #random: Random
  #names = 0

  constructor(random: Random) {
    this.#random = random
  }

  /** A whole number, both ends among them. */
  between(low: number, high: number): number {
    return this.#random.nextInt(low, high)
  }

  /** True this often of a hundred times. */
  chance(percent: number): boolean {
    return this.between(1, 100) <= percent
  }

  pick<T>(choices: readonly T[]): T {
    if (choices.length === 0) throw new Error("there is nothing to pick from")
    return choices[this.between(0, choices.length - 1)] as T
  }

  /** One of several, each as often as its weight says. */
  weighted<T>(choices: readonly (readonly [weight: number, choice: T])[]): T {
    let place = this.between(
      1,
      choices.reduce((sum, [weight]) => sum + weight, 0),
    )
    for (const [weight, choice] of choices) {
      place -= weight
      if (place <= 0) return choice
    }
    throw new Error("there is nothing to pick from")
  }

  /** Some of several, in their order; at least so many. */
  some<T>(choices: readonly T[], least: number, most: number): T[] {
    const count = Math.min(choices.length, this.between(least, Math.max(least, most)))
    const places = new Set<number>()
    while (places.size < count) places.add(this.between(0, choices.length - 1))
    return choices.filter((_, index) => places.has(index))
  }

  /** A name that was not given yet. */
  name(prefix: string): string {
    this.#names += 1
    return `${prefix}${this.#names}`
  }

  times<T>(count: number, make: (index: number) => T): T[] {
    return Array.from({ length: count }, (_, index) => make(index))
  }

  /** A value of one of fast-check's arbitraries. */
  of<T>(arbitrary: Arbitrary<T>): T {
    return arbitrary.generate(this.#random, 8).value
  }
}
