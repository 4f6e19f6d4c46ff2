const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" }

function unescape(field: string): string {
  return field.replaceAll(/\\(.)/gs, (_, letter: string) => ESCAPES[letter] ?? letter)
}

/** Splits a line of COPY's text format into its fields; null is NULL. */
export function copyFields(line: string): (string | null)[] {
  const fields: (string | null)[] = line.split("\t")
  for (let place = 0; place < fields.length; place += 1) {
    const field = fields[place] as string
    if (field.includes("\\")) fields[place] = field === "\\N" ? null : unescape(field)
  }
  return fields
}

/** The lines of COPY's text format, as its chunks come: whole ones, and many at once. */
export async function* copyLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder()
  let rest = ""
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n")
    rest = lines.pop() ?? ""
    if (lines.length > 0) yield lines
  }
}
