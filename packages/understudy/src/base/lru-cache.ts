/**
 * A map that forgets what was not used for long. Two generations: what is used moves to the young one, and when that is
 * full, the old one is forgotten. So a hit costs one look-up, and at most twice the given number is kept.
 */
export class LruCache<K, V> {
  readonly #most: number
  #young = new Map<K, V>()
  #old = new Map<K, V>()

  constructor(most: number) {
    this.#most = most
  }

  get(key: K): V | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  set(key: K, value: V): void {
    this.#young.set(key, value)
    if (this.#young.size < this.#most) return
    this.#old = this.#young
    this.#young = new Map()
  }

  /** Forgets all. */
  clear(): void {
    this.#young = new Map()
    this.#old = new Map()
  }
}
