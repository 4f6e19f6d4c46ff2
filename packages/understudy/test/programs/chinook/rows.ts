import type { Insertable } from "kysely"
import type { Chinook } from "./tables.ts"

export type ChinookRows = { readonly [Table in keyof Chinook]: readonly Insertable<Chinook[Table]>[] }

/** As many rows of each table as Chinook has. */
const COUNT = {
  artist: 275,
  album: 347,
  track: 3_503,
  customer: 59,
  invoice: 412,
  invoiceLine: 2_240,
  playlistTrack: 8_715,
} as const

const GENRES = [
  ..."Rock|Jazz|Metal|Alternative & Punk|Rock And Roll|Blues|Latin|Reggae|Pop|Soundtrack|Bossa Nova".split(
    "|",
  ),
  ..."Easy Listening|Heavy Metal|R&B/Soul|Electronica/Dance|World|Hip Hop/Rap|Science Fiction".split("|"),
  ..."TV Shows|Sci Fi & Fantasy|Drama|Comedy|Alternative|Classical|Opera".split("|"),
]
const MEDIA_TYPES = "MPEG audio file|Protected AAC audio file|Protected MPEG-4 video file".split("|")
const PLAYLISTS =
  "Music|Movies|TV Shows|Audiobooks|90’s Music|Audiobooks|Movies|Music|Brazilian Music|Classical|Grunge|On-The-Go 1".split(
    "|",
  )
const PLACES = [
  ["USA", "Boston", "MA"],
  ["USA", "Reno", "NV"],
  ["Canada", "Montréal", "QC"],
  ["Brazil", "São Paulo", "SP"],
  ["France", "Dijon", null],
  ["Germany", "Köln", null],
  ["Norway", "Tromsø", null],
  ["Czech Republic", "Příbram", null],
  ["Ireland", "Dublin", "Dublin"],
  ["India", "Delhi", null],
  ["Chile", "Santiago", null],
] as const
const WORDS =
  "amber Bright canção Danger Élan frost Garden hollow Iron jörð Kingdom light müde Night Østen".split(" ")
const FAMILIES = "Almeida Brown Čapek Dubois Evans García Hansen Ito Köhler Lund".split(" ")
const GIVEN = "Astrid Björn Camille Diego Ellie František Heather Ítalo Lucas Mónica".split(" ")
const STAFF = [
  ["General Manager", null],
  ["Sales Manager", 1],
  ["Sales Support Agent", 2],
  ["Sales Support Agent", 2],
  ["Sales Support Agent", 2],
  ["IT Manager", 1],
  ["IT Staff", 6],
  ["IT Staff", 6],
] as const

const DAY_MS = 86_400_000
const FIRST_SALE_MS = Date.UTC(2021, 0, 1)

/** Whole numbers below a bound, the same ones each time (a linear congruential generator). */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function list<T>(length: number, make: (id: number) => T): T[] {
  return Array.from({ length }, (_, index) => make(index + 1))
}

function money(cents: number): string {
  return (cents / 100).toFixed(2)
}

/**
 * The rows of a shop that sells music: Chinook's tables, counts and relations as they are publicly described, filled
 * with rows of our own. Some artists have no album, some playlists no track, some tracks no composer.
 */
export function chinookRows(): ChinookRows {
  const below = numbers(42)
  const one = <T>(some: readonly T[]): T => some[below(some.length)] as T
  const title = (): string => list(1 + below(4), () => one(WORDS)).join(" ")
  const place = () => {
    const [country, city, state] = one(PLACES)
    return {
      address: `${1 + below(999)} ${one(WORDS)} Street`,
      city,
      state,
      country,
      postal_code: below(4) === 0 ? null : String(10_000 + below(89_999)),
      phone: `+${1 + below(90)} ${below(1_000_000)}`,
      fax: below(3) === 0 ? `+1 ${below(1_000_000)}` : null,
    }
  }
  const named = (texts: readonly string[], id: number): string => texts[id - 1] as string

  const artist = list(COUNT.artist, (artist_id) => ({ artist_id, name: `${title()} ${artist_id}` }))
  const album = list(COUNT.album, (album_id) => ({
    album_id,
    title: title(),
    // As in Chinook, about a quarter of the artists have none.
    artist_id: 1 + below(204),
  }))
  const track = list(COUNT.track, (track_id) => {
    const video = below(16) === 0
    return {
      track_id,
      name: title(),
      album_id: 1 + below(COUNT.album),
      media_type_id: video ? 3 : 1 + below(2),
      genre_id: video ? 18 + below(5) : 1 + Math.min(below(GENRES.length), below(GENRES.length)),
      composer: below(4) === 0 ? null : `${one(GIVEN)} ${one(FAMILIES)}`,
      milliseconds: video ? 1_200_000 + below(3_000_000) : 60_000 + below(400_000),
      bytes: below(50) === 0 ? null : 1_000_000 + below(1_000_000_000),
      unit_price: video ? "1.99" : "0.99",
    }
  })
  const employee = STAFF.map(([job, reports_to], index) => ({
    employee_id: index + 1,
    last_name: one(FAMILIES),
    first_name: one(GIVEN),
    title: job,
    reports_to,
    birth_date: new Date(Date.UTC(1947 + below(30), below(12), 1 + below(28))),
    hire_date: new Date(Date.UTC(2002 + below(3), below(12), 1 + below(28))),
    email: `staff${index + 1}@chinook.example`,
    ...place(),
  }))
  const customer = list(COUNT.customer, (customer_id) => ({
    customer_id,
    first_name: one(GIVEN),
    last_name: one(FAMILIES),
    company: below(5) === 0 ? `${one(WORDS)} Inc.` : null,
    email: `customer${customer_id}@${below(2) === 0 ? "mail.example" : "shop.example"}`,
    support_rep_id: 3 + below(3),
    ...place(),
  }))
  const invoice_line = list(COUNT.invoiceLine, (line) => {
    const bought = one(track)
    // Each invoice has a line; the rest is spread.
    const invoice_id = line <= COUNT.invoice ? line : 1 + below(COUNT.invoice)
    return { invoice_id, track_id: bought.track_id, unit_price: bought.unit_price, quantity: 1 }
  })
  const cents = new Map<number, number>()
  for (const { invoice_id, unit_price } of invoice_line) {
    cents.set(invoice_id, (cents.get(invoice_id) ?? 0) + Math.round(Number(unit_price) * 100))
  }
  const invoice = list(COUNT.invoice, (invoice_id) => {
    const { customer_id, city, country } = one(customer)
    return {
      invoice_id,
      customer_id,
      invoice_date: new Date(FIRST_SALE_MS + Math.floor((invoice_id * 1_820) / COUNT.invoice) * DAY_MS),
      billing_city: city,
      billing_country: country,
      total: money(cents.get(invoice_id) ?? 0),
    }
  })
  const pairs = new Set<number>()
  // Two playlists, as in Chinook, are left without tracks.
  while (pairs.size < COUNT.playlistTrack) {
    pairs.add(one([1, 1, 3, 5, 5, 8, 8, 9, 10, 11, 12]) * 10_000 + 1 + below(COUNT.track))
  }
  return {
    artist,
    album,
    genre: list(GENRES.length, (genre_id) => ({ genre_id, name: named(GENRES, genre_id) })),
    media_type: list(MEDIA_TYPES.length, (media_type_id) => ({
      media_type_id,
      name: named(MEDIA_TYPES, media_type_id),
    })),
    track,
    playlist: list(PLAYLISTS.length, (playlist_id) => ({ playlist_id, name: named(PLAYLISTS, playlist_id) })),
    playlist_track: [...pairs].map((pair) => ({
      playlist_id: Math.floor(pair / 10_000),
      track_id: pair % 10_000,
    })),
    employee,
    customer,
    invoice,
    invoice_line,
  }
}
