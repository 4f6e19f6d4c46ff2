/** Characters that show as nothing: byte order mark, zero-width and directional marks, no-break spaces, soft hyphen. */
const INVISIBLE = /[\u00a0\u00ad\u180e\u200b-\u200f\u2007\u202a-\u202f\u2060-\u206f\ufeff]/
const WHITE_SPACE = /\s/

/** What no host name holds: white space, control, format and unassigned characters, lone surrogates. */
export const NOT_IN_HOST: RegExp = /[\s\p{C}\p{Z}]/u

const NAMES: Readonly<Record<string, string>> = {
  "@": "an at sign",
  "/": "a slash",
  "\\": "a backslash",
  "?": "a question mark",
  "#": "a number sign",
  ":": "a colon",
  "%": "a percent sign",
  "[": "a bracket",
  "]": "a bracket",
  "{": "a brace",
  "}": "a brace",
  "<": "an angle bracket",
  ">": "an angle bracket",
  '"': "a quotation mark",
  "'": "an apostrophe",
  "`": "a back-tick",
  "|": "a vertical bar",
  "^": "a caret",
  ";": "a semicolon",
  "&": "an ampersand",
  "=": "an equals sign",
  " ": "a space",
  "\t": "a tab",
  "\n": "a line break",
  "\r": "a line break",
}

/** Is it an invisible character, as pasted text carries them along? */
export function isInvisible(character: string): boolean {
  return INVISIBLE.test(character)
}

/** Is it white space that an eye or an editor shows? */
export function isWhiteSpace(character: string): boolean {
  return WHITE_SPACE.test(character) && !INVISIBLE.test(character)
}

/** The kind of a character in words, never the character itself. */
export function kindOfCharacter(character: string): string {
  const name = NAMES[character]
  if (name !== undefined) return name
  if (isInvisible(character)) return "an invisible character"
  if (isWhiteSpace(character)) return "white space"
  if (/\p{Cc}/u.test(character)) return "a control character"
  return character > "\u007f" ? "a character outside ASCII" : "a character"
}
