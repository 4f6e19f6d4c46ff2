import type { QueryCase } from "./query-cases.ts"

/** Programs on which the engines once differed, as the fuzzer found them. */
export const FOUND_CASES: readonly QueryCase[] = [
  {
    name: "a date with a time and a zone behind it",
    run: (db) =>
      db
        .insertInto("every")
        .values([{ day: "2026-01-31 23:59:59+02" }, { day: "2026-01-31T00:00:00Z" }])
        .returning("day")
        .execute(),
  },
]

/** Programs that gave another answer, or another error, before they were refused by name. */
export const FOUND_REFUSALS: readonly QueryCase[] = [
  ...["0044-03-15 BC", "0044-03-15 12:00:00 BC", "10000-01-01", "infinity", "epoch"].map((day) => ({
    name: `the date ${day}`,
    run: (db: Parameters<QueryCase["run"]>[0]) => db.insertInto("every").values({ day }).execute(),
  })),
  ...["0044-03-15 12:00:00 BC", "10000-01-01 00:00:00+00", "-infinity", "now"].map((moment) => ({
    name: `the moment ${moment}`,
    run: (db: Parameters<QueryCase["run"]>[0]) =>
      db
        .selectFrom("every")
        .select("id")
        .where("moment", "<", moment as never)
        .execute(),
  })),
]
