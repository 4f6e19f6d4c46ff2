const PREFIX = /^(?:(?:export|set|env|-)\s+)?([a-z_]\w*)(?:\s*=\s*|:\s+)/i
/** What a value begins with: quotes, then a scheme, a command, a reference, a path or a name in brackets. */
const VALUE = /^["'`‘’“”«]*(?:[a-z][a-z0-9+.-]*:|psql\s|[$%{<[]|\.{0,2}\/)/i
const SPEAKS_OF_A_URL = /url|uri|dsn|database/i

/**
 * The length of `NAME=`, `export NAME=` or `NAME: ` at the beginning; 0 if there is none. A bare password may end in an
 * equals sign, so something that reads as a value must follow, or the name must speak of a URL.
 */
export function assignmentLength(text: string): number {
  const match = PREFIX.exec(text)
  if (match === null) return 0
  const [prefix, name = ""] = match
  const rest = text.slice(prefix.length)
  return VALUE.test(rest) || SPEAKS_OF_A_URL.test(name) ? prefix.length : 0
}
