import { LruCache } from "../../base/lru-cache.ts"
import type { ColumnDefinition, ConstraintDefinition, TableDefinition } from "./table-definition.ts"
import { tokensOf, type Token } from "./sql-tokens.ts"

/** Each change of the schema reads all tables, and most of them are as they were. */
const TABLES_KEPT = 500
const parsed = new LruCache<string, TableDefinition | null>(TABLES_KEPT)

/** A text that is no `create table` that can be taken apart. */
class Unreadable extends Error {}

/** Walks over tokens. */
class Cursor {
  readonly #sql: string
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(sql: string) {
    this.#sql = sql
    this.#tokens = tokensOf(sql) ?? fail()
  }

  get ended(): boolean {
    return this.#at >= this.#tokens.length
  }

  get token(): Token | undefined {
    return this.#tokens[this.#at]
  }

  next(): Token {
    return this.#tokens[this.#at++] ?? fail()
  }

  /** Do these words come next? */
  sees(...words: readonly string[]): boolean {
    return words.every((word, index) => {
      const token = this.#tokens[this.#at + index]
      return token?.kind === "name" && !token.quoted && token.value === word
    })
  }

  /** Steps over these words if they come next. */
  takes(...words: readonly string[]): boolean {
    if (!this.sees(...words)) return false
    this.#at += words.length
    return true
  }

  name(): string {
    const token = this.next()
    // A word keeps its letters; only keywords are compared in lower case.
    return token.kind === "name" ? (token.quoted ? token.value : token.text) : fail()
  }

  group(): string {
    const token = this.next()
    return token.kind === "group" ? token.text : fail()
  }

  names(): string[] {
    const inner = new Cursor(this.group().slice(1, -1))
    const names = [inner.name()]
    while (!inner.ended) {
      if (inner.next().kind !== "comma") fail()
      names.push(inner.name())
    }
    return names
  }

  /** The text from a token on to where the cursor stands. */
  since(first: Token | undefined): string {
    const last = this.#tokens[this.#at - 1]
    return first === undefined || last === undefined || last.end < first.start
      ? ""
      : this.#sql.slice(first.start, last.end)
  }
}

function fail(): never {
  throw new Unreadable()
}

const CLAUSES: ReadonlySet<string> = new Set([
  "constraint",
  "not",
  "null",
  "unique",
  "primary",
  "check",
  "default",
  "references",
  "generated",
  "as",
  "collate",
])

function actionsOf(cursor: Cursor): string {
  const first = cursor.token
  for (;;) {
    if (cursor.takes("on", "delete") || cursor.takes("on", "update")) {
      const known = [["set", "null"], ["set", "default"], ["no", "action"], ["cascade"], ["restrict"]]
      if (!known.some((words) => cursor.takes(...words))) fail()
    } else if (cursor.takes("not", "deferrable") || cursor.takes("deferrable")) {
      if (cursor.takes("initially")) cursor.name()
    } else break
  }
  return cursor.since(first)
}

function referencesOf(cursor: Cursor, columns: readonly string[], name: string | undefined) {
  const parent = cursor.name()
  const parentColumns = cursor.token?.kind === "group" ? cursor.names() : []
  return { kind: "foreign key", name, columns, parent, parentColumns, actions: actionsOf(cursor) } as const
}

function tableConstraint(cursor: Cursor): ConstraintDefinition | undefined {
  const name = cursor.takes("constraint") ? cursor.name() : undefined
  if (cursor.takes("primary", "key")) return { kind: "primary key", name, columns: cursor.names() }
  if (cursor.takes("unique")) return { kind: "unique", name, columns: cursor.names() }
  if (cursor.takes("check")) return { kind: "check", name, expression: cursor.group() }
  if (cursor.takes("foreign", "key")) {
    const columns = cursor.names()
    if (!cursor.takes("references")) fail()
    return referencesOf(cursor, columns, name)
  }
  return name === undefined ? undefined : fail()
}

interface Item {
  readonly column?: ColumnDefinition
  readonly constraints: readonly ConstraintDefinition[]
}

function defaultOf(cursor: Cursor): string {
  const first = cursor.token
  if (/^[+-]$/.test(cursor.next().text)) cursor.next()
  return cursor.since(first)
}

function columnOf(cursor: Cursor): Item {
  const name = cursor.name()
  const firstOfType = cursor.token
  while (cursor.token !== undefined && !(cursor.token.kind === "name" && CLAUSES.has(cursor.token.value)))
    cursor.next()
  const column: { -readonly [Key in keyof ColumnDefinition]: ColumnDefinition[Key] } = {
    name,
    type: cursor.since(firstOfType),
    notNull: false,
    defaultTo: undefined,
    generated: undefined,
    collate: undefined,
  }
  const constraints: ConstraintDefinition[] = []
  while (!cursor.ended) {
    const first = cursor.token
    const given = cursor.takes("constraint") ? cursor.name() : undefined
    if (cursor.takes("not", "null")) column.notNull = true
    else if (cursor.takes("null")) continue
    else if (cursor.takes("default")) column.defaultTo = defaultOf(cursor)
    else if (cursor.takes("collate")) column.collate = cursor.name()
    else if (cursor.takes("unique")) constraints.push({ kind: "unique", name: given, columns: [name] })
    else if (cursor.takes("primary", "key"))
      constraints.push({ kind: "primary key", name: given, columns: [name] })
    else if (cursor.takes("check"))
      constraints.push({ kind: "check", name: given, expression: cursor.group() })
    else if (cursor.takes("references")) constraints.push(referencesOf(cursor, [name], given))
    else if (cursor.takes("generated", "always", "as") || cursor.takes("as")) {
      cursor.group()
      if (!cursor.takes("stored")) cursor.takes("virtual")
      column.generated = cursor.since(first)
    } else fail()
  }
  return { column, constraints }
}

function itemOf(text: string): Item {
  const constraint = tableConstraint(new Cursor(text))
  if (constraint === undefined) return columnOf(new Cursor(text))
  return { constraints: [constraint] }
}

/** The items between the commas of a text in parentheses. */
function itemsOf(group: string): string[] {
  const inner = group.slice(1, -1)
  const items: string[] = []
  let start = 0
  for (const { kind, start: at, end } of tokensOf(inner) ?? fail()) {
    if (kind !== "comma") continue
    items.push(inner.slice(start, at))
    start = end
  }
  return [...items, inner.slice(start)]
}

function readTable(sql: string): TableDefinition {
  const cursor = new Cursor(sql)
  if (!cursor.takes("create")) fail()
  const first = cursor.token
  if (!cursor.takes("temporary")) cursor.takes("temp")
  if (!cursor.takes("table")) fail()
  cursor.takes("if", "not", "exists")
  const head = cursor.since(first)
  const name = cursor.name()
  const items = itemsOf(cursor.group()).map(itemOf)
  const options = cursor.token
  while (!cursor.ended) cursor.next()
  return {
    name,
    head,
    columns: items.flatMap(({ column }) => column ?? []),
    constraints: items.flatMap(({ constraints }) => constraints),
    options: cursor.since(options),
  }
}

/**
 * Takes a `create table` apart. Its text is the only place where SQLite keeps the names of constraints and the
 * expressions of checks and generated columns; no pragma tells them. Undefined: text that Understudy does not write
 * and cannot read, `autoincrement` or `on conflict` for instance.
 */
export function parseTable(sql: string): TableDefinition | undefined {
  let table = parsed.get(sql)
  if (table === undefined) {
    table = tryToRead(sql)
    parsed.set(sql, table)
  }
  return table ?? undefined
}

function tryToRead(sql: string): TableDefinition | null {
  try {
    return readTable(sql)
  } catch (error) {
    if (error instanceof Unreadable) return null
    throw error
  }
}
