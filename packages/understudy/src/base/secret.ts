import { inspect } from "node:util"

const MASK = "***"

/** A text that no rendering shows. {@link Secret.reveal} is the one way to it. */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The text itself. Call it only where it leaves for the party that must have it. */
  reveal(): string {
    return this.#text
  }

  toString(): string {
    return MASK
  }

  toJSON(): string {
    return MASK
  }

  static {
    Object.defineProperty(Secret.prototype, inspect.custom, { value: () => MASK })
  }
}
