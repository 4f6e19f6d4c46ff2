/** Where randomness comes from. Both ends are among the numbers. */
export interface RandomSource {
  nextInt(low: number, high: number): number
}

/** Draws at random, always the same from one seed. */
export class Draw {
  readonly #random: RandomSource

  constructor(random: RandomSource) {
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

  times<T>(count: number, make: (index: number) => T): T[] {
    return Array.from({ length: count }, (_, index) => make(index))
  }

  /** A random uuid of version 4. Its first digits tell no order. */
  uuid(): string {
    const hex = this.times(8, () => this.between(0, 0xffff).toString(16).padStart(4, "0")).join("")
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
  }

  /** A seed for {@link drawFrom}, of what goes on by itself from here. */
  seed(): number {
    return this.between(0, 2 ** 31 - 1)
  }
}

/** Draws that are always the same from one seed. */
export function drawFrom(seed: number): Draw {
  return new Draw(new Mulberry32(seed))
}

/** Mulberry32 of Tommy Ettinger: 32 bits of state, each number once in 2^32; enough to choose what goes wrong. */
class Mulberry32 implements RandomSource {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  nextInt(low: number, high: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    const share = ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
    return low + Math.floor(share * (high - low + 1))
  }
}
