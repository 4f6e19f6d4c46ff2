import { sliceOf, type Slice } from "./notes.ts"

const COMMAND = /^(?:\$\s+)?psql(?=\s)/i
/** A word of a command line: in quotes, or up to white space. A quote that is not closed ends with the text. */
const WORDS = /(?:-d\s*|--dbname(?:=|\s+))?(?:"([^"]*)"?|'([^']*)'?|([^\s"']+))/dg
const URL = /^(?:jdbc:)?(?:postgres(?:ql)?|sqlite)[+:]/i

/** Is it a psql command? */
export function isShellCommand(text: string): boolean {
  return COMMAND.test(text)
}

/** The URL in a psql command; null where there is none, or more than one. Its quotes and flags belong to the command. */
export function urlInCommand(command: Slice): Slice | null {
  const start = COMMAND.exec(command.text)?.[0].length ?? 0
  let found: Slice | null = null
  WORDS.lastIndex = start
  for (let match = WORDS.exec(command.text); match !== null; match = WORDS.exec(command.text)) {
    const group = match[1] !== undefined ? 1 : match[2] !== undefined ? 2 : 3
    const [from, to] = match.indices?.[group] ?? [0, 0]
    if (!URL.test(command.text.slice(from, Math.min(to, from + 64)))) continue
    if (found !== null) return null
    found = sliceOf(command, from, to)
  }
  return found
}
