/** An error as it was found: what can be told of it by a text. */
export interface FoundError {
  readonly name: string
  readonly code: string | null
  readonly severity: string | null
  readonly message: string
}

/** Takes an error down. What differs from run to run is left out. */
export function takeDown(error: unknown): FoundError {
  if (!(error instanceof Error)) throw new Error("it is no error")
  const { code, severity } = error as { code?: unknown; severity?: unknown }
  return {
    name: error.name,
    code: typeof code === "string" ? code : null,
    severity: typeof severity === "string" ? severity : null,
    message: error.message
      .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:0")
      .replaceAll(/\/tmp\/understudy-\w+-\w+/g, "/folder")
      .replaceAll(/\b(process|transaction|PID|pid) \d+/g, "$1 0")
      .replace(/:\.\.\/.*$/s, ""),
  }
}

/** Makes an error of what was taken down. */
export function standIn({ name, code, severity, message }: FoundError): Error {
  const fields = { name, ...(code === null ? {} : { code }), ...(severity === null ? {} : { severity }) }
  return Object.assign(new Error(message), fields)
}
