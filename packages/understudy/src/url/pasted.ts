/**
 * What no database's name holds unless it is percent-encoded, but what stands behind it where parameters follow without
 * a question mark, or where more than the URL was copied from a script. An apostrophe at the end may be the name's.
 */
const BEHIND_DATABASE = /[;&="`“”„«»]|'(?!$)/
/** Another assignment behind a value: `require;password=…`, `require" KEY=…`. */
const ASSIGNMENT = /[\s;&#"'`][a-z_][\w.-]*\s*=/i

/** Where in a database's name, as it stands in the URL, something begins that may be a secret; -1: nowhere. */
export function pastedBehindDatabase(raw: string): number {
  return raw.search(BEHIND_DATABASE)
}

/** Where behind a parameter's value another assignment begins; -1: nowhere. Those of `options=-c name=value` are its own. */
export function pastedBehindValue(value: string): number {
  if (!value.includes("=")) return -1
  // The same length, so that the place is the same.
  return value.replaceAll(/-c\s+/g, (option) => "-".repeat(option.length)).search(ASSIGNMENT)
}
