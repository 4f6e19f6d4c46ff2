/** A name or a value may hold a newline, which would begin a line of its own, or what a terminal takes for a command. */
export function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, "?")
}
