import type { Reading } from "./definition.ts"

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 }
const DURATION = /^(\d{1,9}(?:\.\d{1,3})?) ?(ms|s|m)$/i

/** Reads a duration: `500ms`, `1.5s`, `2m`, or a bare `0`. Milliseconds, between the bounds. */
export function readDuration(text: string, leastMs: number, mostMs: number): Reading<number> {
  const match = DURATION.exec(text.trim())
  const ms =
    match === null
      ? text.trim() === "0"
        ? 0
        : Number.NaN
      : Math.round(Number(match[1]) * (UNITS[(match[2] ?? "").toLowerCase()] ?? Number.NaN))
  if (Number.isNaN(ms)) return { rule: "it is not a duration such as 500ms, 3s or 1m" }
  if (ms < leastMs || ms > mostMs) {
    return { rule: `it is not between ${renderDuration(leastMs)} and ${renderDuration(mostMs)}` }
  }
  return { value: ms }
}

/** Writes a duration in the largest unit that keeps it whole. */
export function renderDuration(ms: number): string {
  if (ms > 0 && ms % 60_000 === 0) return `${ms / 60_000}m`
  if (ms > 0 && ms % 1000 === 0) return `${ms / 1000}s`
  return `${ms}ms`
}

/** Reads a whole number between the bounds. */
export function readInteger(text: string, least: number, most: number): Reading<number> {
  const trimmed = text.trim()
  const value = /^\d{1,9}$/.test(trimmed) ? Number(trimmed) : Number.NaN
  if (!(value >= least && value <= most)) return { rule: `it is not a whole number from ${least} to ${most}` }
  return { value }
}

const SIZE_UNITS: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }
const SIZE = /^(\d{1,16}) ?([kmg]?)$/i

/** Reads a size: `4096`, `512k`, `64m`, `1g`, in powers of 1024. Bytes, between the bounds. */
export function readSize(text: string, leastBytes: number, mostBytes: number): Reading<number> {
  const match = SIZE.exec(text.trim())
  if (match === null) return { rule: "it is not a size in bytes such as 4096, 64m or 1g" }
  const bytes = Number(match[1]) * (SIZE_UNITS[(match[2] ?? "").toLowerCase()] ?? Number.NaN)
  if (bytes >= leastBytes && bytes <= mostBytes) return { value: bytes }
  return { rule: `it is not between ${renderSize(leastBytes)} and ${renderSize(mostBytes)}` }
}

/** Writes a size in the largest unit that keeps it whole. */
export function renderSize(bytes: number): string {
  const units = Object.entries(SIZE_UNITS).toReversed()
  const [unit, factor] = units.find(([, each]) => bytes > 0 && bytes % each === 0) ?? ["", 1]
  return `${bytes / factor}${unit}`
}

/** Reads one of a few words, in any case. */
export function readChoice<const T extends string>(text: string, choices: readonly T[]): Reading<T> {
  const word = text.trim().toLowerCase()
  const value = choices.find((choice) => choice === word)
  return value === undefined ? { rule: `it is none of ${choices.join(", ")}` } : { value }
}

const YES: ReadonlySet<string> = new Set(["1", "true", "on", "yes"])
const NO: ReadonlySet<string> = new Set(["0", "false", "off", "no"])

/** Reads a switch: `on` or `off` and the other usual words. */
export function readSwitch(text: string): Reading<boolean> {
  const word = text.trim().toLowerCase()
  if (YES.has(word)) return { value: true }
  return NO.has(word) ? { value: false } : { rule: "it is neither on nor off" }
}
