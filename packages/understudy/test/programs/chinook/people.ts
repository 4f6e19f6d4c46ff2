import { sql } from "kysely"
import type { Program } from "../both-engines.ts"
import type { Chinook } from "./tables.ts"

/** Customers, employees and who looks after whom. */
export const PEOPLE_EXERCISES: readonly Program<Chinook>[] = [
  {
    name: "customers who are not from the USA",
    run: (db) =>
      db
        .selectFrom("customer")
        .select((eb) => [
          "customer_id",
          eb(eb("first_name", "||", " "), "||", eb.ref("last_name")).as("full_name"),
          "country",
        ])
        .where("country", "!=", "USA")
        .orderBy("customer_id")
        .execute(),
  },
  {
    name: "customers from Brazil",
    run: (db) =>
      db.selectFrom("customer").selectAll().where("country", "=", "Brazil").orderBy("customer_id").execute(),
  },
  {
    name: "employees who sell",
    run: (db) =>
      db
        .selectFrom("employee")
        .selectAll()
        .where("title", "like", "Sales%Agent")
        .orderBy("employee_id")
        .execute(),
  },
  {
    name: "customers per agent, and in how many countries",
    run: (db) =>
      db
        .selectFrom("employee")
        .innerJoin("customer", "customer.support_rep_id", "employee.employee_id")
        .select((eb) => [
          "employee.employee_id",
          "employee.last_name",
          eb.fn.count("customer.customer_id").as("customers"),
          eb.fn.count("customer.country").distinct().as("countries"),
        ])
        .groupBy(["employee.employee_id", "employee.last_name"])
        .orderBy("customers", "desc")
        .orderBy("employee.employee_id")
        .execute(),
  },
  {
    name: "who reports to whom, the head too",
    run: (db) =>
      db
        .selectFrom("employee as e")
        .leftJoin("employee as m", "m.employee_id", "e.reports_to")
        .select(["e.last_name", "e.title", "m.last_name as manager", "m.title as of"])
        .orderBy("e.employee_id")
        .execute(),
  },
  {
    name: "the whole hierarchy with depth and path",
    run: (db) =>
      db
        .withRecursive("chain(id, title, depth, path)", (qb) =>
          qb
            .selectFrom("employee")
            .select((eb) => [
              "employee_id as id",
              eb.cast<string>("title", "text").as("title"),
              eb.cast<number>(eb.lit(0), "integer").as("depth"),
              eb.cast<string>("employee_id", "text").as("path"),
            ])
            .where("reports_to", "is", null)
            .unionAll(
              qb
                .selectFrom("employee")
                .innerJoin("chain", "chain.id", "employee.reports_to")
                .select((eb) => [
                  "employee.employee_id as id",
                  eb.cast<string>("employee.title", "text").as("title"),
                  eb("chain.depth", "+", 1).as("depth"),
                  eb(eb("chain.path", "||", "/"), "||", eb.cast<string>("employee.employee_id", "text")).as(
                    "path",
                  ),
                ]),
            ),
        )
        .selectFrom("chain")
        .selectAll()
        .orderBy("path")
        .execute(),
  },
  {
    name: "how many people stand below each employee",
    run: (db) =>
      db
        .withRecursive("below(boss, id)", (qb) =>
          qb
            .selectFrom("employee")
            .select(["reports_to as boss", "employee_id as id"])
            .where("reports_to", "is not", null)
            .union(
              qb
                .selectFrom("employee")
                .innerJoin("below", "below.boss", "employee.employee_id")
                .select(["employee.reports_to as boss", "below.id"])
                .where("employee.reports_to", "is not", null),
            ),
        )
        .selectFrom("below")
        .select((eb) => ["boss", eb.fn.countAll().as("people")])
        .groupBy("boss")
        .orderBy("boss")
        .execute(),
  },
  {
    name: "who was born first, and hired last",
    run: (db) =>
      db
        .selectFrom("employee")
        .select((eb) => [
          eb.fn.min("birth_date").as("born"),
          eb.fn.max("hire_date").as("hired"),
          eb.cast<string>(eb.fn.min("birth_date"), "date").as("day"),
        ])
        .execute(),
  },
  {
    name: "people hired after a moment, of a string and of a Date",
    run: async (db) => [
      await db
        .selectFrom("employee")
        .select(["employee_id", "hire_date"])
        .where("hire_date", ">", new Date("2003-01-01T00:00:00Z"))
        .orderBy("hire_date")
        .orderBy("employee_id")
        .execute(),
      await db
        .selectFrom("employee")
        .select("employee_id")
        .where("hire_date", "<", "2003-06-01" as never)
        .orderBy("employee_id")
        .execute(),
    ],
  },
  {
    name: "the cities of customers and employees together",
    run: (db) =>
      db
        .selectFrom("customer")
        .select(["city", "country"])
        .union(db.selectFrom("employee").select(["city", "country"]))
        .orderBy("country")
        .orderBy("city")
        .execute(),
  },
  {
    name: "people of both kinds, marked",
    run: (db) =>
      db
        .selectFrom("customer")
        .select((eb) => ["last_name", eb.val("customer").as("kind"), "company", "support_rep_id as number"])
        .where("customer_id", "<", 8)
        .unionAll(
          db
            .selectFrom("employee")
            .select((eb) => [
              "last_name",
              eb.val("employee").as("kind"),
              eb.lit(null).as("company"),
              "reports_to as number",
            ]),
        )
        .orderBy("kind")
        .orderBy("last_name")
        .orderBy("number")
        .execute(),
  },
  {
    name: "customers of one city, in pairs",
    run: (db) =>
      db
        .selectFrom("customer as a")
        .innerJoin("customer as b", (join) =>
          join.onRef("a.city", "=", "b.city").onRef("a.customer_id", "<", "b.customer_id"),
        )
        .select(["a.city", "a.customer_id as one", "b.customer_id as other"])
        .orderBy("a.customer_id")
        .orderBy("b.customer_id")
        .limit(30)
        .execute(),
  },
  {
    name: "companies, and private people behind them",
    run: (db) =>
      db
        .selectFrom("customer")
        .select((eb) => [
          "customer_id",
          eb.fn.coalesce("company", "last_name").as("name"),
          eb("company", "is", null).as("private"),
        ])
        .orderBy("company")
        .orderBy("customer_id")
        .execute(),
  },
  {
    name: "mail addresses by their domain",
    run: (db) =>
      db
        .selectFrom("customer")
        .select((eb) => [
          sql<string>`substr(email, length(email) - 11)`.as("domain"),
          eb.fn.countAll().as("n"),
        ])
        .groupBy(sql`substr(email, length(email) - 11)`)
        .orderBy("n", "desc")
        .orderBy("domain")
        .execute(),
  },
  {
    name: "customers who bought Rock, once each",
    run: (db) =>
      db
        .selectFrom("customer")
        .innerJoin("invoice", "invoice.customer_id", "customer.customer_id")
        .innerJoin("invoice_line", "invoice_line.invoice_id", "invoice.invoice_id")
        .innerJoin("track", "track.track_id", "invoice_line.track_id")
        .innerJoin("genre", "genre.genre_id", "track.genre_id")
        .select(["customer.email", "customer.first_name", "genre.name"])
        .distinct()
        .where("genre.name", "=", "Rock")
        .orderBy("customer.email")
        .execute(),
  },
]
