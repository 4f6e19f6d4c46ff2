import { InvalidArgumentError } from "commander"

const MOST_DIGITS = 9

/** Reads an option's value: a whole number of at least this, and of at most nine digits. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && text.length <= MOST_DIGITS && value >= least) return value
    throw new InvalidArgumentError(`It must be a whole number of at least ${least}, of at most 9 digits.`)
  }
}
