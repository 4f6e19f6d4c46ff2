import { readFile } from "node:fs/promises"
import { constantSource } from "../../packages/understudy/src/engine/constant-source.ts"
import { isUnderstudyError } from "../../packages/understudy/src/errors/understudy-error.ts"
import { openEmptyCopy } from "../../packages/understudy/src/migrate/schema-copy.ts"
import { Sessions } from "../../packages/understudy/src/session/sessions.ts"
import { DDL_REFUSED_CASES } from "../../packages/understudy/test/conformance/ddl-refused-cases.ts"
import type { Loose } from "../../packages/understudy/test/conformance/ddl-outcome.ts"
import { KNOWN_DIFFERENCES } from "../../packages/understudy/test/conformance/known-differences.ts"
import type { Outcome } from "../../packages/understudy/test/conformance/outcome.ts"
import { DDL_GROUPS, QUERY_GROUPS, REFUSALS } from "../../packages/understudy/test/conformance/suite.ts"
import { createTables, type Tables } from "../../packages/understudy/test/conformance/tables.ts"
import { VALUE_CASES } from "../../packages/understudy/test/conformance/value-cases.ts"
import { table } from "./markdown.ts"

const PAGE = "docs/portability.md"
/** What is before it is written by hand. */
const MADE = "<!-- From here on made from the conformance suite, by `npm run docs`. -->"

type Run = () => Promise<unknown>

/** SQLite in memory with the conformance suite's tables: it is asked what it says to the cases that it refuses. */
interface Asked extends AsyncDisposable {
  readonly sessions: Sessions<Tables>
}

async function openAsked(): Promise<Asked> {
  const engine = openEmptyCopy()
  const sessions = new Sessions<Tables>({ source: constantSource(engine), defaultTimeoutMs: () => 10_000 })
  await createTables(sessions.kysely)
  return { sessions, [Symbol.asyncDispose]: () => engine.close() }
}

/** `docs/portability.md`: its first part as it stands, and what the conformance suite's cases say. */
export async function portabilityPage(): Promise<string> {
  const [written = ""] = (await readFile(PAGE, "utf8")).split(MADE)
  await using asked = await openAsked()
  const made = [await same(asked), "", await refused(asked), "", different()]
  return [written.trimEnd(), "", MADE, "", ...made, ""].join("\n")
}

/** How many values of each type are tried. */
async function valuesTried({ sessions }: Asked): Promise<string> {
  const tables = await sessions.kysely.introspection.getTables()
  const types = new Map(
    tables.find(({ name }) => name === "every")?.columns.map((each) => [each.name, each.dataType]),
  )
  const byType = Object.groupBy(VALUE_CASES, ({ column }) => types.get(column) ?? column)
  return Object.entries(byType)
    .map(([type, cases = []]) => `\`${type}\` ${cases.length}`)
    .join(", ")
}

async function same(asked: Asked): Promise<string> {
  const groups = [...QUERY_GROUPS, ...DDL_GROUPS]
  const count = groups.reduce((sum, { cases }) => sum + cases.length, VALUE_CASES.length)
  return [
    "## What is the same",
    "",
    `Each of these ${count} cases is run on a real PostgreSQL and on SQLite, and must come to the same values, of the same`,
    "JavaScript types, or to the same error. They are in `packages/understudy/test/conformance`.",
    "",
    table(
      ["cases of", "how many", "what is tried"],
      [
        [
          "Values",
          String(VALUE_CASES.length),
          `written, read back and compared, edges and wrong ones included, for a column of each type: ${await valuesTried(asked)}`,
        ],
        ...groups.map(({ title, cases, about }) => [title, String(cases.length), about]),
      ],
    ),
  ].join("\n")
}

async function refused(asked: Asked): Promise<string> {
  const rows: string[][] = []
  for (const { name, run } of REFUSALS) {
    const { message, remedy } = await refusalOf(name, () => asked.sessions.write(run))
    rows.push([name, construct(message), remedy])
  }
  const ddlRows: string[][] = []
  for (const [name, make] of Object.entries(DDL_REFUSED_CASES)) {
    ddlRows.push(await refusedDdl(name, make))
  }
  return [
    "## What is refused",
    "",
    "These run on PostgreSQL. On SQLite, and by the check on both, they throw `UNDERSTUDY_NOT_PORTABLE`.",
    "",
    table(["query", "what is named", "what to write instead"], rows),
    "",
    "Of DDL:",
    "",
    table(["what is named", "what to write instead"], ddlRows),
  ].join("\n")
}

async function refusedDdl(name: string, make: (typeof DDL_REFUSED_CASES)[string]): Promise<string[]> {
  const engine = openEmptyCopy()
  try {
    const { kysely } = new Sessions<Loose>({
      source: constantSource(engine),
      defaultTimeoutMs: () => 10_000,
    })
    await kysely.schema.createTable("t").addColumn("a", "integer").execute()
    const { message, remedy } = await refusalOf(name, async () => make(kysely.schema, kysely).execute())
    return [construct(message), remedy]
  } finally {
    await engine.close()
  }
}

async function refusalOf(name: string, run: Run): Promise<{ message: string; remedy: string }> {
  try {
    await run()
  } catch (error) {
    if (isUnderstudyError(error, "UNDERSTUDY_NOT_PORTABLE")) return error
    throw error
  }
  throw new Error(`SQLite does not refuse: ${name}`)
}

function construct(message: string): string {
  return message.replace(/ has no equal on SQLite\.$/, "")
}

function different(): string {
  const rows = KNOWN_DIFFERENCES.map(({ name, program, postgresql, sqlite, instead }) => [
    name,
    code(program),
    shown(postgresql),
    shown(sqlite),
    instead,
  ])
  return [
    "## What differs",
    "",
    "Of SQL that is given as text nothing is known but the text, so on SQLite it has SQLite's types and meanings. These are",
    "the differences that are known and not refused. Each has its test, by its name, in `known-differences.test.ts`, which fails",
    "when the difference goes away.",
    "",
    table(["difference", "program", "PostgreSQL", "SQLite", "the same on both"], rows),
  ].join("\n")
}

/** Code that holds backticks. */
function code(text: string): string {
  return text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``
}

function shown(outcome: Outcome): string {
  if ("sqlstate" in outcome) return `error \`${outcome.sqlstate}\``
  return "value" in outcome ? code(JSON.stringify(outcome.value)) : "an error"
}
