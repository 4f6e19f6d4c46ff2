import { dataError } from "./data-error.ts"
import { plainDecimal } from "./decimal.ts"

/** A decimal number: `digits / 10 ** scale`. The scale is kept, as PostgreSQL shows it. */
export interface Scaled {
  readonly digits: bigint
  readonly scale: number
}

/** Quotients have at least so many significant digits in PostgreSQL, and never more decimals than the second. */
const QUOTIENT_DIGITS = 16
const MOST_DECIMALS = 1000
/** PostgreSQL counts the places of a numeric in groups of so many digits. */
const GROUP = 4

/** Reads a decimal text; 22P02 where it is none. */
export function parseScaled(text: string): Scaled {
  const plain = plainDecimal(text)
  const point = plain.indexOf(".")
  return { digits: BigInt(plain.replace(".", "")), scale: point === -1 ? 0 : plain.length - point - 1 }
}

/** {@link parseScaled}'s way back. */
export function renderScaled({ digits, scale }: Scaled): string {
  const sign = digits < 0n ? "-" : ""
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, "0")
  const point = text.length - scale
  return scale === 0 ? sign + text : `${sign}${text.slice(0, point)}.${text.slice(point)}`
}

function toScale({ digits, scale }: Scaled, wanted: number): bigint {
  return digits * 10n ** BigInt(wanted - scale)
}

/** Both with the larger scale of the two. */
function aligned(left: Scaled, right: Scaled): [bigint, bigint, number] {
  const scale = Math.max(left.scale, right.scale)
  return [toScale(left, scale), toScale(right, scale), scale]
}

/** The sum, with the larger scale of the two. */
export function addScaled(left: Scaled, right: Scaled): Scaled {
  if (left.scale === right.scale) return { digits: left.digits + right.digits, scale: left.scale }
  const [first, second, scale] = aligned(left, right)
  return { digits: first + second, scale }
}

export function addDecimals(left: string, right: string): string {
  return renderScaled(addScaled(parseScaled(left), parseScaled(right)))
}

export function subtractDecimals(left: string, right: string): string {
  const [first, second, scale] = aligned(parseScaled(left), parseScaled(right))
  return renderScaled({ digits: first - second, scale })
}

export function multiplyDecimals(left: string, right: string): string {
  const [first, second] = [parseScaled(left), parseScaled(right)]
  return renderScaled({ digits: first.digits * second.digits, scale: first.scale + second.scale })
}

/** The first group of digits that is not zero, and its place: 0 for the one before the point, negative behind it. */
function firstGroup({ digits, scale }: Scaled): { place: number; value: number } {
  if (digits === 0n) return { place: 0, value: 0 }
  const behind = Math.ceil(scale / GROUP) * GROUP
  const text = String(toScale({ digits: digits < 0n ? -digits : digits, scale }, behind))
  const groups = Math.ceil(text.length / GROUP)
  return {
    place: groups - 1 - behind / GROUP,
    value: Number(text.slice(0, text.length - (groups - 1) * GROUP)),
  }
}

function quotientScale(left: Scaled, right: Scaled): number {
  const [first, second] = [firstGroup(left), firstGroup(right)]
  const place = first.place - second.place - (first.value <= second.value ? 1 : 0)
  return Math.min(Math.max(QUOTIENT_DIGITS - place * GROUP, left.scale, right.scale, 0), MOST_DECIMALS)
}

/** The quotient with the number of decimals that PostgreSQL gives it; 22012 where the second is zero. */
export function divideDecimals(left: string, right: string): string {
  const [first, second] = [parseScaled(left), parseScaled(right)]
  if (second.digits === 0n) throw dataError("22012", "numeric")
  const scale = quotientScale(first, second)
  const [dividend, divisor] = aligned(first, second)
  const negative = dividend < 0n !== divisor < 0n
  const [above, below] = [dividend < 0n ? -dividend : dividend, divisor < 0n ? -divisor : divisor]
  const twice = 2n * above * 10n ** BigInt(scale)
  const rounded = (twice + below) / (2n * below)
  return renderScaled({ digits: negative ? -rounded : rounded, scale })
}

/** The remainder, with the sign of the first; 22012 where the second is zero. */
export function remainderOfDecimals(left: string, right: string): string {
  const [first, second, scale] = aligned(parseScaled(left), parseScaled(right))
  if (second === 0n) throw dataError("22012", "numeric")
  return renderScaled({ digits: first % second, scale })
}
