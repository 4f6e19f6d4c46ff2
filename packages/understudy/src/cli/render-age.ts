const UNITS: readonly (readonly [ms: number, name: string])[] = [
  [24 * 60 * 60_000, "days"],
  [60 * 60_000, "h"],
  [60_000, "min"],
  [1000, "s"],
]

/** `850 ms`, `12 s`, `3 h`; a unit from two of it on. */
export function renderAge(ms: number): string {
  const [factor, name] = UNITS.find(([least]) => ms >= 2 * least) ?? [1, "ms"]
  return `${Math.floor(ms / factor)} ${name}`
}
