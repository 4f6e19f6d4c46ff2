/** Replaces known secrets in a text that comes from elsewhere (a driver's message, a stack). */
export type Redactor = (text: string) => string

/** The forms in which one secret may turn up: as it is, percent-encoded, in Base64, in a JSON string. */
function formsOf(secret: string): string[] {
  const forms = [
    secret,
    encodeURIComponent(secret.toWellFormed()),
    Buffer.from(secret).toString("base64"),
    JSON.stringify(secret).slice(1, -1),
  ]
  return forms.filter((form) => form !== "")
}

/** A redactor for these secrets. Longer forms go first, so that no tail of one survives. */
export function createRedactor(secrets: Iterable<string>): Redactor {
  const forms = [...new Set([...secrets].flatMap(formsOf))].sort((a, b) => b.length - a.length)
  if (forms.length === 0) return (text) => text
  return (text) => forms.reduce((masked, form) => masked.replaceAll(form, "***"), text)
}
