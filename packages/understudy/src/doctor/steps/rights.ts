import { finding, type Finding } from "../../errors/finding.ts"
import type { Step } from "../report.ts"
import type { Session } from "./session.ts"
import { done, failed, step, type Target } from "./target.ts"

/** Names come quoted, ready for a statement. The schema is null where none of the search path can be used. */
const RIGHTS = `
  select quote_ident(current_user) as role, quote_ident(current_database()) as database,
    quote_ident(current_schema()) as schema,
    has_database_privilege(current_database(), 'CREATE') as on_database,
    coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) as on_schema,
    to_regnamespace('understudy') is not null as has_own,
    coalesce(has_schema_privilege(to_regnamespace('understudy')::oid, 'CREATE, USAGE'), false) as on_own,
    to_regclass(quote_ident(current_schema()) || '.kysely_migration') is not null as migrated`

interface Rights {
  readonly role: string
  readonly database: string
  readonly schema: string | null
  readonly on_database: boolean
  readonly on_schema: boolean
  readonly has_own: boolean
  readonly on_own: boolean
  readonly migrated: boolean
}

/** May the role make what migrations and Understudy make? What it may not is said as the GRANT to run. */
export async function rights(target: Target, session: Session): Promise<Step> {
  const answer = await session.ask<Rights>(RIGHTS)
  const [row] = answer.ok ? answer.value : []
  if (!answer.ok || row === undefined) {
    return failed("rights", target, answer.ok ? undefined : answer.error, answer.tookMs)
  }
  const findings = missing(row)
  if (findings.length === 0) {
    const text = `${readable(row.role)} may make tables in ${readable(row.schema ?? "public")} and schemas in ${readable(row.database)}`
    return done("rights", text, answer.tookMs)
  }
  const status = findings.some(({ severity }) => severity === "error") ? "failed" : "notice"
  return step("rights", status, `${readable(row.role)} lacks rights`, answer.tookMs, findings)
}

function missing(row: Rights): Finding[] {
  const { role, database, schema } = row
  const user = readable(role)
  const findings: Finding[] = []
  if (!row.on_schema) {
    const place = schema === null ? "any schema of its search path" : `the schema ${readable(schema)}`
    const statement = `GRANT USAGE, CREATE ON SCHEMA ${readable(schema ?? "public")} TO ${user};`
    const path = schema === null ? ` ALTER ROLE ${user} SET search_path = public;` : ""
    const grant = `\`${statement}${path}\``
    findings.push(
      row.migrated
        ? finding("primary.rights-limited", { user, what: `make tables in ${place}`, grant })
        : finding("primary.rights-missing", { user, place, grant }),
    )
  }
  const mayHaveOwn = row.has_own ? row.on_own : row.on_database
  if (!mayHaveOwn) {
    const what = row.has_own
      ? "use the schema understudy"
      : `make the schema understudy in the database ${readable(database)}`
    const grant = row.has_own
      ? `\`GRANT USAGE, CREATE ON SCHEMA understudy TO ${user};\``
      : `\`GRANT CREATE ON DATABASE ${readable(database)} TO ${user};\``
    findings.push(finding("primary.rights-limited", { user, what, grant }))
  }
  return findings
}

interface Applied {
  readonly count: number
  readonly newest: string | null
}

/** How many migrations the database has. */
export async function migrations(target: Target, session: Session): Promise<Step> {
  const there = await session.ask<{ place: string | null; readable: boolean }>(`
    select to_regclass(quote_ident(current_schema()) || '.kysely_migration')::text as place,
      coalesce(has_table_privilege(to_regclass(quote_ident(current_schema()) || '.kysely_migration')::oid, 'SELECT'), false) as readable`)
  if (!there.ok) return failed("migrations", target, there.error, there.tookMs)
  const [row] = there.value
  if (row === undefined || row.place === null)
    return done("migrations", "no table kysely_migration yet: none has run", there.tookMs)
  if (!row.readable) {
    return step(
      "migrations",
      "notice",
      "the table kysely_migration is there, but may not be read",
      there.tookMs,
      [],
    )
  }
  const answer = await session.ask<Applied>(
    `select count(*)::int as count, max(name) as newest from ${row.place}`,
  )
  if (!answer.ok) return failed("migrations", target, answer.error, answer.tookMs)
  const { count = 0, newest = null } = answer.value[0] ?? {}
  const text =
    newest === null
      ? "the table is there, none has run"
      : `${count} applied, the newest is ${readable(newest)}`
  return done("migrations", text, answer.tookMs)
}

/** A name may hold a newline, which would begin a line of its own, or a back-tick. */
function readable(text: string): string {
  return text.replaceAll(/[\p{C}`]/gu, "?")
}
