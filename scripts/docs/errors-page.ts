import { ERRORS, type Actor, type ErrorCode } from "../../packages/understudy/src/errors/error-catalogue.ts"
import { docsLink } from "../../packages/understudy/src/errors/template.ts"
import { anchorOf, places, table } from "./markdown.ts"

const ACTORS: Readonly<Record<Actor, string>> = {
  developer: "the program's author",
  operator: "the operator, now",
  nobody: "nobody: trying again helps",
  person: "a person must decide",
}

/** `docs/errors.md`, made from the catalogue of errors. */
export function errorsPage(): string {
  const codes = Object.keys(ERRORS) as ErrorCode[]
  const rows = codes.map((code) => {
    const { title, actor, httpStatus, exitCode } = ERRORS[code]
    const link = `[\`${code}\`](${anchorOf(docsLink("errors", code))})`
    return [link, title, ACTORS[actor], String(httpStatus), String(exitCode)]
  })
  return [
    "# Errors",
    "Every error that Understudy itself throws is an `UnderstudyError` with one of these codes. A statement that",
    "the database refused is a `DatabaseError`, whose `code` is the SQLSTATE on both engines. This page is made from",
    "the catalogue by `npm run docs`; places such as `{reason}` are filled in when the error is made. An HTTP client is",
    "told the title, the code and the remedy, never the message.",
    "",
    table(["code", "title", "who acts", "HTTP status", "exit code"], rows),
    ...codes.flatMap(section),
    "",
  ].join("\n")
}

function section(code: ErrorCode): string[] {
  const { title, message, remedy, actor, httpStatus, exitCode } = ERRORS[code]
  return [
    "",
    `## ${code}`,
    "",
    title,
    "",
    `- **Message**: ${places(message)}`,
    `- **How to solve**: ${places(remedy)}`,
    `- **Who acts**: ${ACTORS[actor]}`,
    `- **HTTP status** ${httpStatus}, **exit code** ${exitCode}`,
  ]
}
