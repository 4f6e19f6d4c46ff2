/** The values that fill a message's `{name}` places. Never a secret. */
export type Details = Readonly<Record<string, string | number>>

/** Fills `{name}` places. A place without a value keeps its name in braces, so that a slip shows in tests. */
export function fillTemplate(template: string, details: Details): string {
  return template.replaceAll(/\{(\w+)\}/g, (place, name: string) => String(details[name] ?? place))
}

/** The address under which a code is documented. */
export function docsLink(page: "errors" | "findings", code: string): string {
  const anchor = code.toLowerCase().replaceAll(/[^a-z0-9_-]/g, "")
  return `https://github.com/understudy-db/understudy/blob/main/docs/${page}.md#${anchor}`
}
