/** Markup that is safe to send: made by {@link markup} alone. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
}

/** A template in which every value is escaped, but for what this tag made itself. Lists are joined, null is nothing. */
export function markup(
  strings: TemplateStringsArray,
  ...values: readonly (string | Html | null | readonly Html[])[]
): Html {
  return new Html(String.raw({ raw: strings }, ...values.map(render)))
}

function render(value: string | Html | null | readonly Html[]): string {
  if (value === null) return ""
  if (typeof value === "string") return value.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? "")
  return value instanceof Html ? value.text : value.map((part) => part.text).join("")
}
