/** A plain value: what programs are made of. */
type Plain = Readonly<Record<string, unknown>> | readonly unknown[]

function isPlain(value: unknown): value is Plain {
  if (typeof value !== "object" || value === null) return false
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype
}

function isExpression(
  value: unknown,
): value is { readonly kind: string; readonly type: { readonly name: string } } {
  return isPlain(value) && "kind" in value && "type" in value
}

/** Parts that a program can do without. */
const OPTIONAL: ReadonlySet<string> = new Set(
  (
    "where having filter otherwise limit offset conflict check defaultTo generated set from order window nulls " +
    "deferred through"
  ).split(" "),
)

/** An update must set something, and a source be of something. */
function isNeeded(value: Plain, key: string): boolean {
  if (key === "set") return "kind" in value && value["kind"] === "update"
  return key === "from" && "alias" in value
}

/** Expressions of the same type that stand inside, the nearest first. */
function inside(value: unknown, type: string, depth: number): unknown[] {
  if (!isPlain(value) || depth === 0) return []
  const found: unknown[] = []
  for (const each of Object.values(value)) {
    if (isExpression(each) && each.type.name === type) found.push(each)
    found.push(...inside(each, type, depth - 1))
  }
  return found
}

/** Runs of neighbours that an array can lose, the long ones first. */
function* shorter(list: readonly unknown[]): Generator<readonly unknown[]> {
  for (let length = list.length; length >= 1; length = Math.floor(length / 2)) {
    for (let start = 0; start < list.length; start += length) {
      yield [...list.slice(0, start), ...list.slice(start + length)]
    }
  }
}

/** Smaller values in the place of this one, alone. */
function* smallerHere(value: unknown): Generator<unknown> {
  if (Array.isArray(value)) yield* shorter(value)
  else if (isPlain(value)) {
    if (isExpression(value)) yield* inside(value, value.type.name, 3)
    if ("rolledBack" in value && value["rolledBack"] === true) yield { ...value, rolledBack: false }
    for (const key of Object.keys(value)) {
      if (!OPTIONAL.has(key) || isNeeded(value, key)) continue
      const { [key]: _dropped, ...rest } = value as Record<string, unknown>
      yield rest
    }
  }
}

/** Every value that is smaller in one place: first at the top, then further down. */
export function* smaller<T>(value: T): Generator<T> {
  yield* smallerHere(value) as Generator<T>
  if (!isPlain(value)) return
  for (const [key, each] of Object.entries(value)) {
    if (key === "type" || (key === "columns" && typeof value === "object" && "alias" in value)) continue
    for (const candidate of smaller(each)) {
      yield (Array.isArray(value) ? value.with(Number(key), candidate) : { ...value, [key]: candidate }) as T
    }
    // An assignment, a row's or an update's, can lack a column.
    if (
      isExpression(each) &&
      !isExpression(value) &&
      !("kind" in value) &&
      !("desc" in value) &&
      !("name" in value)
    ) {
      if (Array.isArray(value)) continue
      const { [key]: _dropped, ...rest } = value as Record<string, unknown>
      yield rest as T
    }
  }
}
