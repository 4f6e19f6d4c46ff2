import { expect, test } from "vitest"
import { timestampToDate } from "../../src/engine/temporal.ts"

// PostgreSQL prints a fraction without its trailing zeros: one timestamp in ten has fewer than three digits.
test.each(["", ".1", ".12", ".123", ".1234", ".12345", ".123456", ".05", ".001"])(
  "a timestamp with the fraction %j is read to the millisecond, on either type (promise 3)",
  (fraction) => {
    const milliseconds = fraction.slice(1).padEnd(3, "0").slice(0, 3)
    const expected = `2027-01-31T09:00:07.${milliseconds}Z`
    expect(timestampToDate(`2027-01-31 09:00:07${fraction}+00`, "timestamptz").toISOString()).toBe(expected)
    expect(timestampToDate(`2027-01-31 09:00:07${fraction}`, "timestamp").toISOString()).toBe(expected)
    expect(timestampToDate(`2027-01-31 11:00:07${fraction}+02`, "timestamptz").toISOString()).toBe(expected)
    expect(timestampToDate(`2027-01-31 05:30:07${fraction}-03:30`, "timestamptz").toISOString()).toBe(
      expected,
    )
    const ancient = `-000043-03-15T09:00:07.${milliseconds}Z`
    expect(timestampToDate(`0044-03-15 09:00:07${fraction}+00 BC`, "timestamptz").toISOString()).toBe(ancient)
    expect(timestampToDate(`0044-03-15 09:00:07${fraction} BC`, "timestamp").toISOString()).toBe(ancient)
  },
)
