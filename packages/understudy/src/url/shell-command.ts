import { sliceOf, type Slice } from "./notes.ts"

const COMMAND = /^(?:\$\s+)?psql(?=\s)/i
/** A word of a command line: in quotes, or up to white space. A quote that is not closed ends with the text. */
const WORDS = /(?:-d\s*|--dbname(?:=|\s+))?(?:"([^"]*)"?|'([^']*)'?|([^\s"']+))/dg
const URL = /^(?:jdbc:)?(?:postgres(?:ql)?|sqlite)[+:]/i

/** Is it a psql command? */
export function isShellCommand(text: string): boolean {
  return COMMAND.test(text)
}

/**
 * The URL in a psql command; null where there is none, or more than one, or where it is not clear where the URL ends: a
 * quote in a raw password ends the shell's word. Quotes and flags around the URL belong to the command.
 */
export function urlInCommand(command: Slice): Slice | null {
  const { text } = command
  let found: Slice | null = null
  WORDS.lastIndex = COMMAND.exec(text)?.[0].length ?? 0
  for (let match = WORDS.exec(text); match !== null; match = WORDS.exec(text)) {
    const group = match[1] !== undefined ? 1 : match[2] !== undefined ? 2 : 3
    const [from, to] = match.indices?.[group] ?? [0, 0]
    if (!URL.test(text.slice(from, Math.min(to, from + 64)))) continue
    if (found !== null || !isWholeWord(text, WORDS.lastIndex)) return null
    found = sliceOf(command, from, to)
  }
  return found
}

/** Does a word end here, with no quote left open behind it, and no at sign, which may be that of the URL's user info? */
function isWholeWord(text: string, end: number): boolean {
  const rest = text.slice(end)
  const quotes = (quote: string): number => rest.split(quote).length - 1
  return /^(?:[\s;][^@]*)?$/.test(rest) && quotes("'") % 2 === 0 && quotes('"') % 2 === 0
}
