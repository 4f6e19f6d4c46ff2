/** A piece that is not broken: a time, a command in back-ticks with what clings to it, or a run without blanks. */
const PIECES = /\(\d+ ms\)|(?:[^\s`]*`[^`]*`[^\s`]*)+|\S+/g

/** Breaks a text at its blanks. A URL or a command to paste stays whole, even where it is longer than a line. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ""
  for (const piece of text.match(PIECES) ?? []) {
    if (line === "") line = piece
    else if (line.length + 1 + piece.length <= width) line += ` ${piece}`
    else {
      lines.push(line)
      line = piece
    }
  }
  return line === "" ? lines : [...lines, line]
}
