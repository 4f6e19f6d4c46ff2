import { sql } from "kysely"
import type { Program } from "../both-engines.ts"
import type { Chinook } from "./tables.ts"

/** Artists, albums, tracks and playlists. */
export const CATALOGUE_EXERCISES: readonly Program<Chinook>[] = [
  {
    name: "how many rows each table has",
    run: async (db) => {
      const counts: unknown[] = []
      for (const table of [
        "artist",
        "album",
        "track",
        "playlist_track",
        "invoice",
        "invoice_line",
      ] as const) {
        counts.push(
          await db
            .selectFrom(table)
            .select((eb) => eb.fn.countAll().as(table))
            .executeTakeFirst(),
        )
      }
      return counts
    },
  },
  {
    name: "tracks per playlist, those without tracks too",
    run: (db) =>
      db
        .selectFrom("playlist")
        .leftJoin("playlist_track", "playlist_track.playlist_id", "playlist.playlist_id")
        .select((eb) => [
          "playlist.playlist_id",
          "playlist.name",
          eb.fn.count("playlist_track.track_id").as("tracks"),
        ])
        .groupBy(["playlist.playlist_id", "playlist.name"])
        .orderBy("tracks", "desc")
        .orderBy("playlist.playlist_id")
        .execute(),
  },
  {
    name: "playlists without tracks",
    run: (db) =>
      db
        .selectFrom("playlist as p")
        .select(["p.playlist_id", "p.name"])
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom("playlist_track as t")
                .select("t.track_id")
                .whereRef("t.playlist_id", "=", "p.playlist_id"),
            ),
          ),
        )
        .orderBy("p.playlist_id")
        .execute(),
  },
  {
    name: "playlists of the same name",
    run: (db) =>
      db
        .selectFrom("playlist")
        .select((eb) => ["name", eb.fn.countAll<number>().as("times"), eb.fn.min("playlist_id").as("first")])
        .groupBy("name")
        .having((eb) => eb.fn.countAll(), ">", 1)
        .orderBy("name")
        .execute(),
  },
  {
    name: "tracks with album, medium and genre",
    run: (db) =>
      db
        .selectFrom("track")
        .innerJoin("album", "album.album_id", "track.album_id")
        .innerJoin("media_type", "media_type.media_type_id", "track.media_type_id")
        .leftJoin("genre", "genre.genre_id", "track.genre_id")
        .select([
          "track.name",
          "album.title",
          "media_type.name as medium",
          "genre.name as genre",
          "track.unit_price",
        ])
        .orderBy("track.track_id")
        .limit(100)
        .execute(),
  },
  {
    name: "every track, whole",
    run: (db) => db.selectFrom("track").selectAll().orderBy("track_id").execute(),
  },
  {
    name: "artists without albums",
    run: (db) =>
      db
        .selectFrom("artist")
        .leftJoin("album", "album.artist_id", "artist.artist_id")
        .select("artist.name")
        .where("album.album_id", "is", null)
        .orderBy("artist.name")
        .execute(),
  },
  {
    name: "artists with the most albums, equals too",
    run: (db) =>
      db
        .with("counted", (qb) =>
          qb
            .selectFrom("album")
            .select((eb) => ["artist_id", eb.fn.countAll<number>().as("albums")])
            .groupBy("artist_id"),
        )
        .selectFrom("counted")
        .innerJoin("artist", "artist.artist_id", "counted.artist_id")
        .select(["artist.name", "counted.albums"])
        .where("counted.albums", "=", (eb) =>
          eb.selectFrom("counted").select((max) => max.fn.max("albums").as("most")),
        )
        .orderBy("artist.name")
        .execute(),
  },
  {
    name: "the length and the price of albums",
    run: (db) =>
      db
        .selectFrom("album")
        .innerJoin("track", "track.album_id", "album.album_id")
        .select((eb) => [
          "album.title",
          eb(eb.fn.sum<number>("track.milliseconds"), "/", 60_000).as("minutes"),
          eb.fn.sum<string>("track.unit_price").as("price"),
          eb.fn.countAll<number>().as("tracks"),
        ])
        .groupBy(["album.album_id", "album.title"])
        .having((eb) => eb.fn.countAll(), ">=", 15)
        .orderBy("album.album_id")
        .execute(),
  },
  {
    name: "the average length of a genre's tracks, rounded",
    run: (db) =>
      db
        .selectFrom("track")
        .innerJoin("genre", "genre.genre_id", "track.genre_id")
        .select((eb) => [
          "genre.name",
          eb.fn.avg<string>("milliseconds").as("average"),
          eb.fn<string>("round", [eb.fn.avg("milliseconds")]).as("rounded"),
          eb.fn<string>("round", [eb(eb.fn.avg<number>("milliseconds"), "/", 1000), eb.lit(2)]).as("seconds"),
        ])
        .groupBy("genre.name")
        .orderBy("genre.name")
        .execute(),
  },
  {
    name: "tracks longer than the average",
    run: (db) =>
      db
        .selectFrom("track")
        .select(["name", "milliseconds"])
        .where("milliseconds", ">", (eb) =>
          eb.selectFrom("track").select((t) => t.fn.avg<number>("milliseconds").as("a")),
        )
        .orderBy("milliseconds", "desc")
        .orderBy("track_id")
        .limit(20)
        .execute(),
  },
  {
    name: "tracks in classes of length",
    run: (db) =>
      db
        .with("classed", (qb) =>
          qb
            .selectFrom("track")
            .select((eb) => [
              eb
                .case()
                .when("milliseconds", "<", 180_000)
                .then("short")
                .when("milliseconds", "<", 360_000)
                .then("medium")
                .else("long")
                .end()
                .as("class"),
              "milliseconds",
            ]),
        )
        .selectFrom("classed")
        .select((eb) => ["class", eb.fn.countAll().as("tracks"), eb.fn.max("milliseconds").as("longest")])
        .groupBy("class")
        .orderBy("class")
        .execute(),
  },
  {
    name: "the composers of most tracks, the unknown one among them",
    run: (db) =>
      db
        .selectFrom("track")
        .select((eb) => [
          eb.fn.coalesce("composer", eb.cast<string>(eb.val("unknown"), "text")).as("composer"),
          eb.fn.countAll<number>().as("tracks"),
        ])
        .groupBy("composer")
        .orderBy("tracks", "desc")
        .orderBy("composer")
        .limit(10)
        .execute(),
  },
  {
    name: "names that hold a word, in any case",
    run: (db) =>
      db
        .selectFrom("track")
        .select(["name", "composer"])
        .where((eb) => eb.or([eb("name", "ilike", "%GARDEN%"), eb("composer", "like", "%Čapek")]))
        .orderBy("name")
        .orderBy("track_id")
        .limit(40)
        .execute(),
  },
  {
    name: "names by their length and first letter",
    run: (db) =>
      db
        .selectFrom("track")
        .select((eb) => [
          eb.fn<string>("upper", [eb.fn("substr", ["name", eb.lit(1), eb.lit(1)])]).as("letter"),
          eb.fn.max(eb.fn<number>("length", ["name"])).as("longest"),
          eb.fn.countAll().as("n"),
        ])
        .groupBy((eb) => eb.fn("upper", [eb.fn("substr", ["name", eb.lit(1), eb.lit(1)])]))
        .orderBy("letter")
        .execute(),
  },
  {
    name: "the playlists of a track in one text",
    run: (db) =>
      db
        .selectFrom("playlist_track")
        .innerJoin("playlist", "playlist.playlist_id", "playlist_track.playlist_id")
        .select((eb) => [
          "track_id",
          eb.fn
            .agg<string>("string_agg", ["playlist.name", eb.cast(eb.val(", "), "text")])
            .orderBy("playlist.playlist_id")
            .as("playlists"),
        ])
        .where("track_id", "<", 60)
        .groupBy("track_id")
        .orderBy("track_id")
        .execute(),
  },
  {
    name: "tracks of two playlists, of one of them alone, of either",
    run: async (db) => {
      const tracksOf = (playlist: number) =>
        db
          .selectFrom("playlist_track")
          .select("track_id")
          .where("playlist_id", "=", playlist)
          .where("track_id", "<", 400)
      return [
        await tracksOf(1).intersect(tracksOf(5)).orderBy("track_id").execute(),
        await tracksOf(1).except(tracksOf(5)).orderBy("track_id").execute(),
        await tracksOf(11).union(tracksOf(12)).orderBy("track_id").execute(),
      ]
    },
  },
  {
    name: "quarters of a genre by length",
    run: (db) =>
      db
        .selectFrom("track")
        .select((eb) => [
          "track_id",
          eb.fn
            .agg<number>("ntile", [eb.lit(4)])
            .over((ob) => ob.partitionBy("genre_id").orderBy("milliseconds").orderBy("track_id"))
            .as("quarter"),
          eb.fn
            .agg<number>("percent_rank")
            .over((ob) => ob.partitionBy("genre_id").orderBy("milliseconds"))
            .as("place"),
        ])
        .where("genre_id", "in", [1, 2])
        .orderBy("track_id")
        .limit(60)
        .execute(),
  },
  {
    name: "one page after another, by keys",
    run: async (db) => {
      const page = (name: string, id: number) =>
        db
          .selectFrom("track")
          .select(["name", "track_id"])
          .where((eb) => eb(eb.refTuple("name", "track_id"), ">", eb.tuple(name, id)))
          .orderBy("name")
          .orderBy("track_id")
          .limit(5)
          .execute()
      const first = await page("", 0)
      const last = first.at(-1)
      return [first, await page(last?.name ?? "", last?.track_id ?? 0)]
    },
  },
  {
    name: "a fragment that counts distinct composers",
    run: (db) =>
      db
        .selectFrom("track")
        .select((eb) => [
          "genre_id",
          eb.fn.count("composer").distinct().as("composers"),
          eb.cast<string>(sql`count(distinct album_id)`, "text").as("albums"),
        ])
        .groupBy("genre_id")
        .orderBy("genre_id")
        .execute(),
  },
]
