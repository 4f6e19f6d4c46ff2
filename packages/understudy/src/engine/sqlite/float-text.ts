/** From these powers of ten on PostgreSQL writes an exponent. */
const MOST_PLAIN = { float4: 6, float8: 15 } as const
const LEAST_PLAIN = -4

/**
 * Does PostgreSQL take this decimal for the single-precision number? It does not at halfway to the next number, though
 * rounding to even would give the number back.
 */
export function givesFloat4(decimal: number, value: number): boolean {
  const beyond = 2 * decimal - value
  const isHalfway = beyond !== value && Math.fround(beyond) === beyond
  return Math.fround(decimal) === value && !isHalfway
}

/** A number with so many significant digits: of two that are as near the even one, as PostgreSQL has it. */
export function toDigits(value: number, digits: number): number {
  const longer = value.toExponential(digits)
  const [, head = "", last = "", exponent = ""] = /^(.*\d)\.?(\d)(e.+)$/.exec(longer) ?? []
  const isHalfway = last === "5" && Number(longer) === value
  return isHalfway && /[02468]$/.test(head) ? Number(head + exponent) : Number(value.toPrecision(digits))
}

/** The shortest digits and the power of ten that give the number back. */
function shortest(value: number, type: "float4" | "float8"): string {
  if (type === "float8") return value.toExponential()
  for (let digits = 1; digits < 9; digits += 1) {
    const short = toDigits(value, digits)
    if (givesFloat4(short, value)) return short.toExponential()
  }
  return value.toExponential(8)
}

/** A float as PostgreSQL prints it: `0.1`, `1e+20`, `1e-05`. */
export function floatText(value: number, type: "float4" | "float8"): string {
  if (!Number.isFinite(value)) return String(value)
  if (value === 0) return Object.is(value, -0) ? "-0" : "0"
  const [, sign = "", digits = "", power = "0"] = /^(-?)([\d.]+)e([+-]\d+)$/.exec(shortest(value, type)) ?? []
  const exponent = Number(power)
  if (exponent < LEAST_PLAIN || exponent >= MOST_PLAIN[type]) {
    const padded = String(Math.abs(exponent)).padStart(2, "0")
    return `${sign}${digits}e${exponent < 0 ? "-" : "+"}${padded}`
  }
  const plain = digits.replace(".", "")
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${plain}`
  const whole = plain.slice(0, exponent + 1).padEnd(exponent + 1, "0")
  const fraction = plain.slice(exponent + 1)
  return `${sign}${whole}${fraction === "" ? "" : `.${fraction}`}`
}
