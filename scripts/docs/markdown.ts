/** A table's row; `|` in a cell would end it. */
function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n")
}

/** The anchor of a code's heading: the last part of its `docs` link. */
export function anchorOf(link: string): string {
  return link.slice(link.indexOf("#"))
}

/** A text of the catalogue: its `{name}` places as code, so that they are seen to be filled in. */
export function places(template: string): string {
  return template.replaceAll(/`[^`]*`|\{\w+\}/g, (part) => (part.startsWith("{") ? `\`${part}\`` : part))
}
