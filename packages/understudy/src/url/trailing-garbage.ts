import { kindOfCharacter } from "./characters.ts"

/** Quotes that no URL may hold raw; an apostrophe may stand in one. */
const STRAY_QUOTES = '"`“”„«»'

/** The kind of the last character if it is a separator, and no part of a URL; null if it is one. */
export function kindOfSeparator(text: string): string | null {
  if (text.endsWith(";")) return "a semicolon"
  return text.endsWith(",") ? "a comma" : null
}

/** The kind of the last character if it is a quote whose partner is missing; null if it is none. */
export function kindOfStrayQuote(text: string): string | null {
  const last = text.at(-1)
  return last !== undefined && STRAY_QUOTES.includes(last) ? kindOfCharacter(last) : null
}

/** Where ` # comment` begins; -1 if there is none. Before the last at sign it may be a part of a password. */
export function findComment(text: string): number {
  const from = text.lastIndexOf("@") + 1
  const start = text.slice(from).search(/\s#/)
  return start === -1 ? -1 : from + start
}
