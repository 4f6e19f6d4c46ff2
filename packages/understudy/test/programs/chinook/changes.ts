import type { Program } from "../both-engines.ts"
import type { Chinook } from "./tables.ts"

/** What a shop changes. */
export const CHANGE_EXERCISES: readonly Program<Chinook>[] = [
  {
    name: "dearer videos",
    run: (db) =>
      db
        .updateTable("track")
        .set((eb) => ({ unit_price: eb("unit_price", "*", "1.1") }))
        .where("media_type_id", "=", 3)
        .where("track_id", "<", 300)
        .returning(["track_id", "unit_price"])
        .execute()
        .then((rows) => rows.toSorted((a, b) => a.track_id - b.track_id)),
  },
  {
    name: "totals computed anew from their lines",
    run: async (db) => {
      await db
        .deleteFrom("invoice_line")
        .where("invoice_id", "=", 37)
        .where("invoice_line_id", ">", 100)
        .execute()
      return db
        .updateTable("invoice")
        .set((eb) => ({
          total: eb
            .selectFrom("invoice_line")
            .select((line) => line.fn.sum<string>("unit_price").as("sum"))
            .whereRef("invoice_line.invoice_id", "=", "invoice.invoice_id"),
        }))
        .where("invoice_id", "=", 37)
        .returning(["invoice_id", "total"])
        .execute()
    },
  },
  {
    name: "a playlist put together of all opera",
    run: async (db) => {
      await db.insertInto("playlist").values({ playlist_id: 100, name: "Opera" }).execute()
      const added = await db
        .insertInto("playlist_track")
        .columns(["playlist_id", "track_id"])
        .expression((eb) =>
          eb
            .selectFrom("track")
            .innerJoin("genre", "genre.genre_id", "track.genre_id")
            .select((track) => [track.lit(100).as("playlist_id"), "track.track_id"])
            .where("genre.name", "=", "Opera"),
        )
        .executeTakeFirst()
      const again = await db
        .insertInto("playlist_track")
        .columns(["playlist_id", "track_id"])
        .expression((eb) =>
          eb
            .selectFrom("playlist_track")
            .select((own) => [own.lit(100).as("playlist_id"), "track_id"])
            .where("playlist_id", "=", 12),
        )
        .onConflict((oc) => oc.columns(["playlist_id", "track_id"]).doNothing())
        .executeTakeFirst()
      return [added, again]
    },
  },
  {
    name: "a track twice in a playlist",
    fails: "23505",
    run: async (db) => {
      await db.insertInto("playlist_track").values({ playlist_id: 2, track_id: 1 }).execute()
      await db.insertInto("playlist_track").values({ playlist_id: 2, track_id: 1 }).execute()
    },
  },
  {
    name: "an artist with albums cannot go",
    fails: "23503",
    run: (db) =>
      db
        .deleteFrom("artist")
        .where("artist_id", "in", (eb) => eb.selectFrom("album").select("artist_id"))
        .execute(),
  },
  {
    name: "artists without albums go",
    run: (db) =>
      db
        .deleteFrom("artist")
        .where("artist_id", "not in", (eb) => eb.selectFrom("album").select("artist_id"))
        .executeTakeFirst(),
  },
  {
    name: "a customer for the agent with the fewest",
    run: (db) =>
      db
        .insertInto("customer")
        .values((eb) => ({
          customer_id: 100,
          first_name: "New",
          last_name: "Customer",
          email: "new@mail.example",
          support_rep_id: eb
            .selectFrom("customer")
            .select("support_rep_id")
            .groupBy("support_rep_id")
            .orderBy((ob) => ob.fn.countAll())
            .orderBy("support_rep_id")
            .limit(1),
        }))
        .returning(["customer_id", "support_rep_id", "company"])
        .execute(),
  },
  {
    name: "a line for a track that is not there",
    fails: "23503",
    run: (db) =>
      db
        .insertInto("invoice_line")
        .values({ invoice_id: 1, track_id: 99_999, unit_price: "0.99", quantity: 1 })
        .execute(),
  },
  {
    name: "a name that is too long",
    fails: "22001",
    run: (db) =>
      db
        .insertInto("playlist")
        .values({ playlist_id: 101, name: "x".repeat(121) })
        .execute(),
  },
  {
    name: "a price that does not fit",
    fails: "22003",
    run: (db) =>
      db.updateTable("track").set({ unit_price: "123456789.00" }).where("track_id", "=", 1).execute(),
  },
]
