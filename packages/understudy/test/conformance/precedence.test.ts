import { describePrograms } from "../programs/both-engines.ts"
import { PRECEDENCE_CASES } from "./precedence-cases.ts"
import { createTables, type Tables } from "./tables.ts"

describePrograms<Tables>("operations", ({ sessions }) => createTables(sessions.kysely), {
  "grouped as PostgreSQL reads them": PRECEDENCE_CASES,
})
