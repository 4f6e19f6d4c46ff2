import { FINDINGS, type FindingCode } from "../../packages/understudy/src/errors/finding.ts"
import type { Severity } from "../../packages/understudy/src/errors/findings/entry.ts"
import { docsLink } from "../../packages/understudy/src/errors/template.ts"
import { anchorOf, places, table } from "./markdown.ts"

const SEVERITIES: Readonly<Record<Severity, string>> = {
  info: "info: nothing to do",
  warning: "warning: wants a look",
  error: "error: it changed what serves",
}

/** `docs/findings.md`, made from the catalogue of findings. */
export function findingsPage(): string {
  const codes = Object.keys(FINDINGS) as FindingCode[]
  const rows = codes.map((code) => [
    `[\`${code}\`](${anchorOf(docsLink("findings", code))})`,
    FINDINGS[code].title,
    FINDINGS[code].severity,
  ])
  return [
    "# Findings",
    "A finding is one diagnosed fact about the environment, the machine or the primary. It is in the log, in `/health`,",
    "on the status page and in `understudy plan`. This page is made from the catalogue by `npm run docs`; places such",
    "as `{variable}` are filled in when the finding is made. The public sees code, title and remedy, never the message.",
    "",
    table(["code", "title", "severity"], rows),
    ...codes.flatMap(section),
    "",
  ].join("\n")
}

function section(code: FindingCode): string[] {
  const { severity, title, message, remedy } = FINDINGS[code]
  return [
    "",
    `## ${code}`,
    "",
    title,
    "",
    `- **Severity**: ${SEVERITIES[severity]}`,
    `- **Message**: ${places(message)}`,
    `- **How to solve**: ${places(remedy)}`,
  ]
}
