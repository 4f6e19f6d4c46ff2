import type { ExpressionBuilder } from "kysely"
import type { Session } from "../../../src/session/session.ts"
import type { Program } from "../both-engines.ts"
import type { Chinook } from "./tables.ts"

/** The first characters of a timestamp: 4 give the year, 7 the month. */
function period(eb: ExpressionBuilder<Chinook, "invoice">, characters: number) {
  return eb.fn<string>("substr", [eb.cast("invoice.invoice_date", "text"), eb.lit(1), eb.lit(characters)])
}

function perCountryAndGenre(db: Session<Chinook>) {
  return db.with("sold", (qb) =>
    qb
      .selectFrom("invoice")
      .innerJoin("invoice_line", "invoice_line.invoice_id", "invoice.invoice_id")
      .innerJoin("track", "track.track_id", "invoice_line.track_id")
      .innerJoin("genre", "genre.genre_id", "track.genre_id")
      .select((eb) => [
        "invoice.billing_country as country",
        "genre.name as genre",
        eb.fn.sum<number>("invoice_line.quantity").as("units"),
      ])
      .groupBy(["invoice.billing_country", "genre.name"]),
  )
}

/** Invoices and what was sold. */
export const SALES_EXERCISES: readonly Program<Chinook>[] = [
  {
    name: "invoices of customers from Brazil",
    run: (db) =>
      db
        .selectFrom("invoice")
        .innerJoin("customer", "customer.customer_id", "invoice.customer_id")
        .select([
          "customer.last_name",
          "invoice.invoice_id",
          "invoice.invoice_date",
          "invoice.billing_country",
          "invoice.total",
        ])
        .where("customer.country", "=", "Brazil")
        .orderBy("invoice.invoice_id")
        .execute(),
  },
  {
    name: "the countries that were billed",
    run: (db) =>
      db
        .selectFrom("invoice")
        .select("billing_country")
        .distinct()
        .orderBy("billing_country", "desc")
        .execute(),
  },
  {
    name: "sales per country",
    run: (db) =>
      db
        .selectFrom("invoice")
        .select((eb) => [
          "billing_country",
          eb.fn.countAll<number>().as("invoices"),
          eb.fn.sum<string>("total").as("sales"),
          eb.fn.avg<string>("total").as("average"),
          eb.fn.max("total").as("largest"),
        ])
        .groupBy("billing_country")
        .orderBy("sales", "desc")
        .orderBy("billing_country")
        .execute(),
  },
  {
    name: "each invoice with its customer and agent",
    run: (db) =>
      db
        .selectFrom("invoice as i")
        .innerJoin("customer as c", "c.customer_id", "i.customer_id")
        .innerJoin("employee as e", "e.employee_id", "c.support_rep_id")
        .select(["i.invoice_id", "i.total", "c.last_name as customer", "c.country", "e.last_name as agent"])
        .orderBy("i.total", "desc")
        .orderBy("i.invoice_id")
        .execute(),
  },
  {
    name: "sales per agent, and who sold most",
    run: async (db) => {
      const sold = db
        .selectFrom("employee")
        .innerJoin("customer", "customer.support_rep_id", "employee.employee_id")
        .innerJoin("invoice", "invoice.customer_id", "customer.customer_id")
        .select((eb) => ["employee.employee_id", eb.fn.sum<string>("invoice.total").as("sales")])
        .groupBy("employee.employee_id")
        .orderBy("sales", "desc")
        .orderBy("employee.employee_id")
      return [await sold.execute(), await sold.limit(1).executeTakeFirstOrThrow()]
    },
  },
  {
    name: "sales per year",
    run: (db) =>
      db
        .selectFrom("invoice")
        .select((eb) => [
          period(eb, 4).as("year"),
          eb.fn.countAll().as("invoices"),
          eb.fn.sum("total").as("sales"),
        ])
        .groupBy((eb) => period(eb, 4))
        .orderBy("year")
        .execute(),
  },
  {
    name: "sales per month with a running total",
    run: (db) =>
      db
        .with("monthly", (qb) =>
          qb
            .selectFrom("invoice")
            .select((eb) => [
              eb.fn<string>("substr", [eb.cast("invoice_date", "text"), eb.lit(1), eb.lit(7)]).as("month"),
              eb.cast<string>(eb.fn.sum("total"), "numeric(10, 2)").as("sales"),
            ])
            .groupBy((eb) => period(eb, 7)),
        )
        .selectFrom("monthly")
        .select((eb) => [
          "month",
          "sales",
          eb.fn
            .sum<string>("sales")
            .over((ob) => ob.orderBy("month"))
            .as("running"),
          eb(
            "sales",
            "-",
            eb.fn.agg<string>("lag", ["sales"]).over((ob) => ob.orderBy("month")),
          ).as("change"),
        ])
        .orderBy("month")
        .execute(),
  },
  {
    name: "invoices of one year, by moments",
    run: (db) =>
      db
        .selectFrom("invoice")
        .select(["invoice_id", "invoice_date"])
        .where("invoice_date", ">=", new Date("2022-01-01T00:00:00Z"))
        .where("invoice_date", "<", new Date("2023-01-01T00:00:00Z"))
        .orderBy("invoice_date", "desc")
        .orderBy("invoice_id")
        .execute(),
  },
  {
    name: "the day of each invoice, by a cast",
    run: (db) =>
      db
        .selectFrom("invoice")
        .select((eb) => [
          eb.cast<string>("invoice_date", "date").as("day"),
          eb.cast<string>("invoice_date", "text").as("text"),
        ])
        .orderBy("invoice_id")
        .limit(30)
        .execute(),
  },
  {
    name: "the lines of one invoice with track and artist",
    run: (db) =>
      db
        .selectFrom("invoice_line as l")
        .innerJoin("track as t", "t.track_id", "l.track_id")
        .innerJoin("album as a", "a.album_id", "t.album_id")
        .innerJoin("artist as r", "r.artist_id", "a.artist_id")
        .select(["l.invoice_line_id", "t.name as track", "r.name as artist", "l.unit_price", "l.quantity"])
        .where("l.invoice_id", "=", 37)
        .orderBy("l.invoice_line_id")
        .execute(),
  },
  {
    name: "how many lines each invoice has, by a subquery and by a group",
    run: async (db) => [
      await db
        .selectFrom("invoice")
        .select((eb) => [
          "invoice_id",
          eb
            .selectFrom("invoice_line")
            .select((line) => line.fn.countAll<number>().as("n"))
            .whereRef("invoice_line.invoice_id", "=", "invoice.invoice_id")
            .as("lines"),
        ])
        .orderBy("lines", "desc")
        .orderBy("invoice_id")
        .limit(25)
        .execute(),
      await db
        .selectFrom("invoice_line")
        .select((eb) => ["invoice_id", eb.fn.countAll().as("lines")])
        .groupBy("invoice_id")
        .having((eb) => eb.fn.countAll(), "<", 3)
        .orderBy("invoice_id")
        .execute(),
    ],
  },
  {
    name: "totals that are not the sum of their lines: none",
    run: (db) =>
      db
        .selectFrom("invoice")
        .innerJoin("invoice_line", "invoice_line.invoice_id", "invoice.invoice_id")
        .select((eb) => [
          "invoice.invoice_id",
          eb.fn
            .sum<string>(
              eb("invoice_line.unit_price", "*", eb.ref("invoice_line.quantity").$castTo<string>()),
            )
            .as("sum"),
        ])
        .groupBy(["invoice.invoice_id", "invoice.total"])
        .having((eb) =>
          eb(
            eb.fn.sum<string>(
              eb("invoice_line.unit_price", "*", eb.ref("invoice_line.quantity").$castTo<string>()),
            ),
            "!=",
            eb.ref("invoice.total"),
          ),
        )
        .execute(),
  },
  {
    name: "the five tracks that were sold most",
    run: (db) =>
      db
        .selectFrom("invoice_line")
        .innerJoin("track", "track.track_id", "invoice_line.track_id")
        .select((eb) => [
          "track.track_id",
          "track.name",
          eb.fn.sum<number>("invoice_line.quantity").as("sold"),
        ])
        .groupBy(["track.track_id", "track.name"])
        .orderBy("sold", "desc")
        .orderBy("track.track_id")
        .limit(5)
        .execute(),
  },
  {
    name: "the three artists that sold best",
    run: (db) =>
      db
        .selectFrom("invoice_line as l")
        .innerJoin("track as t", "t.track_id", "l.track_id")
        .innerJoin("album as a", "a.album_id", "t.album_id")
        .innerJoin("artist as r", "r.artist_id", "a.artist_id")
        .select((eb) => [
          "r.name",
          eb.fn.sum<string>(eb("l.unit_price", "*", eb.ref("l.quantity").$castTo<string>())).as("sales"),
        ])
        .groupBy(["r.artist_id", "r.name"])
        .orderBy("sales", "desc")
        .orderBy("r.name")
        .limit(3)
        .execute(),
  },
  {
    name: "the medium that was bought most",
    run: (db) =>
      db
        .selectFrom("media_type")
        .leftJoin("track", "track.media_type_id", "media_type.media_type_id")
        .leftJoin("invoice_line", "invoice_line.track_id", "track.track_id")
        .select((eb) => ["media_type.name", eb.fn.count("invoice_line.invoice_line_id").as("bought")])
        .groupBy("media_type.name")
        .orderBy("bought", "desc")
        .execute(),
  },
  {
    name: "tracks that nobody bought",
    run: (db) =>
      db
        .selectFrom("track")
        .select((eb) => [eb.fn.countAll().as("tracks"), eb.fn.sum<string>("unit_price").as("worth")])
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom("invoice_line")
                .select("quantity")
                .whereRef("invoice_line.track_id", "=", "track.track_id"),
            ),
          ),
        )
        .execute(),
  },
  {
    name: "the share of each genre in the USA, in percent",
    run: (db) =>
      perCountryAndGenre(db)
        .selectFrom("sold")
        .select((eb) => [
          "genre",
          "units",
          eb
            .fn<string>("round", [
              eb(
                eb(eb.cast<number>("units", "numeric(15, 4)"), "*", eb.lit(100)),
                "/",
                eb
                  .selectFrom("sold as all")
                  .select((all) => all.cast<number>(all.fn.sum("all.units"), "numeric(15, 4)").as("n"))
                  .where("all.country", "=", "USA"),
              ),
              eb.lit(1),
            ])
            .as("percent"),
        ])
        .where("country", "=", "USA")
        .orderBy("units", "desc")
        .orderBy("genre")
        .execute(),
  },
  {
    name: "the favorite genre of each country, equals too",
    run: (db) =>
      perCountryAndGenre(db)
        .with("ranked", (qb) =>
          qb.selectFrom("sold").select((eb) => [
            "country",
            "genre",
            "units",
            eb.fn
              .agg<number>("rank")
              .over((ob) => ob.partitionBy("country").orderBy("units", "desc"))
              .as("place"),
          ]),
        )
        .selectFrom("ranked")
        .select(["country", "genre", "units"])
        .where("place", "=", 1)
        .orderBy("country")
        .orderBy("genre")
        .execute(),
  },
  {
    name: "who spent most in each country",
    run: (db) =>
      db
        .with("spent", (qb) =>
          qb
            .selectFrom("invoice")
            .innerJoin("customer", "customer.customer_id", "invoice.customer_id")
            .select((eb) => [
              "customer.customer_id",
              "customer.country",
              eb.cast<string>(eb.fn.sum("invoice.total"), "numeric(10, 2)").as("total"),
            ])
            .groupBy(["customer.customer_id", "customer.country"]),
        )
        .with("placed", (qb) =>
          qb.selectFrom("spent").select((eb) => [
            "customer_id",
            "country",
            "total",
            eb.fn
              .agg<number>("dense_rank")
              .over((ob) => ob.partitionBy("country").orderBy("total", "desc"))
              .as("place"),
            eb.fn
              .max("total")
              .over((ob) => ob.partitionBy("country"))
              .as("most"),
          ]),
        )
        .selectFrom("placed")
        .selectAll()
        .where("place", "<=", 2)
        .orderBy("country")
        .orderBy("place")
        .orderBy("customer_id")
        .execute(),
  },
  {
    name: "the first and the last purchase of each customer",
    run: (db) =>
      db
        .selectFrom("invoice")
        .select((eb) => [
          "customer_id",
          eb.fn.min("invoice_date").as("first"),
          eb.fn.max("invoice_date").as("last"),
          eb.fn.countAll().filterWhere("total", ">", "5").as("large"),
        ])
        .groupBy("customer_id")
        .orderBy("customer_id")
        .execute(),
  },
  {
    name: "each customer's purchase before and after",
    run: (db) =>
      db
        .selectFrom("invoice")
        .select((eb) => [
          "invoice_id",
          eb.fn
            .agg<Date | null>("lag", ["invoice_date"])
            .over((ob) => ob.partitionBy("customer_id").orderBy("invoice_date").orderBy("invoice_id"))
            .as("before"),
          eb.fn
            .agg<string | null>("lead", ["total"])
            .over((ob) => ob.partitionBy("customer_id").orderBy("invoice_date").orderBy("invoice_id"))
            .as("next_total"),
          eb.fn
            .agg<string>("first_value", ["total"])
            .over((ob) => ob.partitionBy("customer_id").orderBy("invoice_date").orderBy("invoice_id"))
            .as("first_total"),
        ])
        .orderBy("invoice_id")
        .limit(120)
        .execute(),
  },
  {
    name: "invoices above the average of their country",
    run: (db) =>
      db
        .selectFrom("invoice as i")
        .select(["i.invoice_id", "i.billing_country", "i.total"])
        .where("i.total", ">", (eb) =>
          eb
            .selectFrom("invoice as o")
            .select((o) => o.fn.avg<string>("o.total").as("average"))
            .whereRef("o.billing_country", "=", "i.billing_country"),
        )
        .orderBy("i.invoice_id")
        .execute(),
  },
]
