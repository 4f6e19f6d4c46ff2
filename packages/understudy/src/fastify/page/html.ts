/** Markup that is safe to send: made by {@link html} alone. */
export class Html {
  readonly markup: string

  constructor(markup: string) {
    this.markup = markup
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
}

/** A template in which every value is escaped, but for what `html` made itself. Lists are joined, null is nothing. */
export function html(
  strings: TemplateStringsArray,
  ...values: readonly (string | Html | null | readonly Html[])[]
): Html {
  return new Html(String.raw({ raw: strings }, ...values.map(render)))
}

function render(value: string | Html | null | readonly Html[]): string {
  if (value === null) return ""
  if (typeof value === "string") return value.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? "")
  return value instanceof Html ? value.markup : value.map((part) => part.markup).join("")
}
