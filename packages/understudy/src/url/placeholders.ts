import type { Slice } from "./notes.ts"

/** The parts of a URL as they stand there, not decoded; null where absent. */
export interface RawParts {
  readonly user: Slice | null
  readonly password: Slice | null
  readonly hosts: readonly Slice[]
  readonly ports: readonly Slice[]
  readonly database: Slice | null
}

/** A part that holds a placeholder. */
export interface FoundPlaceholder {
  readonly part: "user" | "password" | "host" | "port" | "database"
  readonly slice: Slice
}

/** `[…]`, `<…>`, `{…}`, `${…}`. */
const BRACKETED = /^(?:\$?\{[^]+\}|<[^]+>|\[[^]+\])$/
/** An IPv6 address stands in brackets too. */
const ADDRESS = /^\[[^\]]*:[^\]]*\]$/
const YOURS = /^your[_-]/i
/** What consoles show in place of a password, and documents in place of everything. */
const MASKED = /^(?:[*•]{3,}|\.{3,}|…)$/
const TEMPLATE_USER = /^(?:user|username|db_?user|user_?name)$/i
const TEMPLATE_HOST = /^host(?:name)?$/i

const WORDS: ReadonlySet<string> = new Set([
  "changeme",
  "changeit",
  "changethis",
  "replaceme",
  "replacethis",
  "fillme",
  "fillmein",
  "setme",
  "fixme",
  "todo",
  "tbd",
  "placeholder",
  "example",
  "dummy",
  "xxx",
  "databaseurl",
  "connectionstring",
])

/** Is the whole value a placeholder, such as `changeme`, `<DATABASE_URL>` or `your-database-url`? */
export function isPlaceholderValue(text: string): boolean {
  if (text.length > 100) return false
  return (
    WORDS.has(text.toLowerCase().replaceAll(/[\s_-]/g, "")) ||
    /^(?:\[[\w .-]+\]|<[\w .-]+>|\{[\w .-]+\})$/.test(text) ||
    YOURS.test(text) ||
    MASKED.test(text)
  )
}

/**
 * The first part that is a placeholder as a whole; null if none is. It looks at what stands in the text, before
 * decoding, so that a password that truly is `[secret]` can be given percent-encoded.
 */
export function findPlaceholder(raw: RawParts): FoundPlaceholder | null {
  if (raw.user !== null && isPlaceholder(raw.user.text)) return { part: "user", slice: raw.user }
  if (raw.password !== null && isPlaceholder(raw.password.text))
    return { part: "password", slice: raw.password }
  const host = raw.hosts.find(({ text }) => !ADDRESS.test(text) && isPlaceholder(text))
  if (host !== undefined) return { part: "host", slice: host }
  const port = raw.ports.find(({ text }) => isPlaceholder(text))
  if (port !== undefined) return { part: "port", slice: port }
  if (raw.database !== null && isPlaceholder(raw.database.text))
    return { part: "database", slice: raw.database }
  return findTemplate(raw)
}

function isPlaceholder(text: string): boolean {
  return BRACKETED.test(text) || YOURS.test(text) || MASKED.test(text)
}

/** `USER:PASSWORD@…`, and a host called `host` beside a user called `user`: words of a manual. */
function findTemplate({ user, password, hosts }: RawParts): FoundPlaceholder | null {
  if (user === null || !TEMPLATE_USER.test(user.text)) return null
  if (password?.text === "PASSWORD" && user.text === user.text.toUpperCase())
    return { part: "user", slice: user }
  const host = hosts.find(({ text }) => TEMPLATE_HOST.test(text))
  return host === undefined ? null : { part: "host", slice: host }
}
