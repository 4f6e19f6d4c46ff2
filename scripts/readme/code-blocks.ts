/** The fenced code blocks of a Markdown text in this language, in order. */
export function codeBlocks(markdown: string, language: string): string[] {
  const blocks = markdown.matchAll(/^```(\w+)[^\n]*\n([\s\S]*?)^```$/gm)
  return [...blocks].filter(([, named]) => named === language).map(([, , code]) => code ?? "")
}
