import { finding, type Finding } from "../errors/finding.ts"
import type { UrlFindingCode } from "../errors/findings/url-findings.ts"
import type { Details } from "../errors/template.ts"

/** A part of the given text that knows where it begins there, so that findings can name positions. */
export interface Slice {
  readonly text: string
  /** Index of the slice's first character in the given text. */
  readonly offset: number
}

/** The part of a slice from `start` up to `end`, both counted in the slice. */
export function sliceOf(slice: Slice, start: number, end: number = slice.text.length): Slice {
  return { text: slice.text.slice(start, end), offset: slice.offset + start }
}

/** The pieces of a slice between the separators. */
export function splitAt(slice: Slice, separator: string): Slice[] {
  let start = 0
  return slice.text.split(separator).map((text) => {
    const piece = sliceOf(slice, start, start + text.length)
    start += text.length + separator.length
    return piece
  })
}

/** Why a value is refused. The details never hold a piece of the value. */
export interface Refusal {
  readonly code: UrlFindingCode
  readonly details: Details
}

/** Makes a refusal. */
export function refusal(code: UrlFindingCode, details: Details = {}): Refusal {
  return { code, details }
}

/** How people count: the first character is the first. */
export function positionOf(slice: Slice, index = 0): number {
  return slice.offset + index + 1
}

/** Collects what is found while one value is read: each code once, the first place of it. */
export class Notes {
  readonly #variable: string
  readonly #findings = new Map<string, Finding>()

  constructor(variable: string) {
    this.#variable = variable
  }

  add(code: UrlFindingCode, details: Details = {}): void {
    if (!this.#findings.has(code)) {
      this.#findings.set(code, finding(code, { variable: this.#variable, ...details }))
    }
  }

  has(code: UrlFindingCode): boolean {
    return this.#findings.has(code)
  }

  drop(code: UrlFindingCode): void {
    this.#findings.delete(code)
  }

  /** Was something repaired? Every repair is a warning, and nothing else is one. */
  get repaired(): boolean {
    return [...this.#findings.values()].some(({ severity }) => severity === "warning")
  }

  list(): readonly Finding[] {
    return Object.freeze([...this.#findings.values()])
  }
}
