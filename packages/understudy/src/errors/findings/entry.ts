/** How grave a finding is: `info` needs nothing, `warning` wants a look, `error` changed what serves. */
export type Severity = "info" | "warning" | "error"

/** One kind of finding, as the catalogue holds it. */
export interface FindingEntry {
  readonly severity: Severity
  /** Generic: no host, user, path or part of a URL. What the public `/health` and the status page show. */
  readonly title: string
  /** Specific, with `{name}` places filled by the finding's details. For the log, the command line, the admin. */
  readonly message: string
  /** What a person does about it; `{name}` places are filled too. Generic enough to be public. */
  readonly remedy: string
}
