import { jsonArrayFrom, jsonBuildObject, jsonObjectFrom } from "kysely/helpers/postgres"
import { DatabaseError } from "../../src/errors/database-error.ts"
import { describePrograms, type Program } from "../programs/both-engines.ts"
import { createTables, type Tables } from "./tables.ts"
import { VALUE_CASES, type ValueCase } from "./value-cases.ts"

/** A value in a row, an array and an object of JSON; the SQLSTATE of one that no column takes. */
function nested({ column, value }: ValueCase, index: number): Program<Tables> {
  return {
    name: `${column}, value ${index}`,
    run: async (db) => {
      try {
        await db
          .insertInto("every")
          .values([{ [column]: value } as never, {}])
          .execute()
      } catch (error) {
        if (error instanceof DatabaseError) return error.code
        throw error
      }
      const read = db.selectFrom("every").select(column).orderBy("id", "desc")
      return db
        .selectNoFrom((eb) => [
          jsonArrayFrom(read).as("rows"),
          jsonObjectFrom(read.limit(1).offset(1)).as("row"),
          eb
            .selectFrom("every")
            .select((each) => jsonBuildObject({ [column]: each.ref(column) }).as("object"))
            .orderBy("id")
            .limit(1)
            .as("object"),
        ])
        .execute()
    },
  }
}

describePrograms<Tables>("a value within rows of JSON", ({ sessions }) => createTables(sessions.kysely), {
  "each type at its edges": VALUE_CASES.map(nested),
})
