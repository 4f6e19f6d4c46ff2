import { dataError } from "./data-error.ts"

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,5}))?$/i

interface Decimal {
  readonly negative: boolean
  /** Without leading zeros. */
  readonly whole: string
  readonly fraction: string
}

function parseDecimal(text: string): Decimal {
  const match = DECIMAL.exec(text.trim())
  const [, sign, left = "", right = "", exponent = "0"] = match ?? []
  if (match === null || left + right === "") throw dataError("22P02", "numeric")
  const shift = Number(exponent)
  const digits = shift >= 0 ? left + right.padEnd(shift, "0") : left.padStart(-shift, "0") + right
  const point = shift >= 0 ? left.length + shift : Math.max(left.length, -shift) + shift
  const whole = digits.slice(0, point).replace(/^0+/, "")
  return { negative: sign === "-", whole, fraction: digits.slice(point) }
}

function render({ negative, whole, fraction }: Decimal): string {
  const text = `${whole || "0"}${fraction === "" ? "" : `.${fraction}`}`
  return negative && /[1-9]/.test(text) ? `-${text}` : text
}

/** Rounds half away from zero, as PostgreSQL does. */
function round(decimal: Decimal, scale: number): Decimal {
  const { whole, fraction } = decimal
  if (fraction.length <= scale) return { ...decimal, fraction: fraction.padEnd(scale, "0") }
  const kept = BigInt(`${whole}${fraction.slice(0, scale)}` || "0")
  const rounded = String(kept + (fraction.charAt(scale) >= "5" ? 1n : 0n)).padStart(scale, "0")
  const point = rounded.length - scale
  return { ...decimal, whole: rounded.slice(0, point).replace(/^0+/, ""), fraction: rounded.slice(point) }
}

/** Rounds to so many decimals: to the nearest, down, up, or towards zero. */
export function roundDecimal(
  text: string,
  scale: number,
  mode: "round" | "floor" | "ceil" | "trunc",
): string {
  const decimal = parseDecimal(text)
  if (mode === "round") return render(round(decimal, scale))
  const cut = { ...decimal, fraction: decimal.fraction.slice(0, scale).padEnd(scale, "0") }
  const loses = /[1-9]/.test(decimal.fraction.slice(scale))
  const away = loses && ((mode === "floor" && decimal.negative) || (mode === "ceil" && !decimal.negative))
  return render(away ? round({ ...cut, fraction: `${cut.fraction}5` }, scale) : cut)
}

/** A number's text in plain digits: no exponent, no plus sign, no needless zeros before it. */
export function plainDecimal(text: string): string {
  return render(parseDecimal(text))
}

/** A value for `numeric(precision,scale)`: rounded to the scale; 22003 where it does not fit. */
export function fitDecimal(text: string, precision: number, scale: number): string {
  const rounded = round(parseDecimal(text), scale)
  if (rounded.whole.length > precision - scale) throw dataError("22003", `numeric(${precision},${scale})`)
  return render(rounded)
}
