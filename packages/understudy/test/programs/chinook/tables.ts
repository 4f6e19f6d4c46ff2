import type { Generated, Kysely, ColumnDataType } from "kysely"
import type { Migration } from "kysely/migration"
import type { Migrations } from "../../../src/migrate/migrate.ts"

interface Named {
  name: string | null
}

interface Postal {
  address: string | null
  city: string | null
  state: string | null
  country: string | null
  postal_code: string | null
}

interface Reachable extends Postal {
  phone: string | null
  fax: string | null
}

export interface Artist extends Named {
  artist_id: number
}

export interface Album {
  album_id: number
  title: string
  artist_id: number
}

export interface Employee extends Reachable {
  employee_id: number
  last_name: string
  first_name: string
  title: string | null
  reports_to: number | null
  birth_date: Date | null
  hire_date: Date | null
  email: string | null
}

export interface Customer extends Reachable {
  customer_id: number
  first_name: string
  last_name: string
  company: string | null
  email: string
  support_rep_id: number | null
}

export interface Invoice {
  invoice_id: number
  customer_id: number
  invoice_date: Date
  billing_city: string | null
  billing_country: string | null
  total: string
}

export interface InvoiceLine {
  invoice_line_id: Generated<number>
  invoice_id: number
  track_id: number
  unit_price: string
  quantity: number
}

export interface Track {
  track_id: number
  name: string
  album_id: number | null
  media_type_id: number
  genre_id: number | null
  composer: string | null
  milliseconds: number
  bytes: number | null
  unit_price: string
}

export interface Chinook {
  artist: Artist
  album: Album
  employee: Employee
  customer: Customer
  genre: Named & { genre_id: number }
  media_type: Named & { media_type_id: number }
  playlist: Named & { playlist_id: number }
  playlist_track: { playlist_id: number; track_id: number }
  track: Track
  invoice: Invoice
  invoice_line: InvoiceLine
}

function createNamed(db: Kysely<unknown>, table: string) {
  return db.schema
    .createTable(table)
    .addColumn(`${table}_id`, "integer", (column) => column.notNull())
    .addColumn("name", "varchar(120)")
    .addPrimaryKeyConstraint(`${table}_pkey`, [`${table}_id`])
}

/** Texts of an address, with the width of each. */
const REACHABLE = [
  ["address", "varchar(70)"],
  ["city", "varchar(40)"],
  ["state", "varchar(40)"],
  ["country", "varchar(40)"],
  ["postal_code", "varchar(10)"],
  ["phone", "varchar(24)"],
  ["fax", "varchar(24)"],
] as const satisfies readonly (readonly [string, ColumnDataType])[]

const catalogue: Migration = {
  up: async (db: Kysely<unknown>) => {
    for (const table of ["artist", "genre", "media_type", "playlist"]) await createNamed(db, table).execute()
    await db.schema
      .createTable("album")
      .addColumn("album_id", "integer", (column) => column.primaryKey())
      .addColumn("title", "varchar(160)", (column) => column.notNull())
      .addColumn("artist_id", "integer", (column) => column.notNull().references("artist.artist_id"))
      .execute()
    await db.schema
      .createTable("track")
      .addColumn("track_id", "integer", (column) => column.primaryKey())
      .addColumn("name", "varchar(200)", (column) => column.notNull())
      .addColumn("album_id", "integer", (column) => column.references("album.album_id"))
      .addColumn("media_type_id", "integer", (column) =>
        column.notNull().references("media_type.media_type_id"),
      )
      .addColumn("genre_id", "integer", (column) => column.references("genre.genre_id"))
      .addColumn("composer", "varchar(220)")
      .addColumn("milliseconds", "integer", (column) => column.notNull())
      .addColumn("bytes", "integer")
      .addColumn("unit_price", "numeric(10, 2)", (column) => column.notNull())
      .execute()
    await db.schema
      .createTable("playlist_track")
      .addColumn("playlist_id", "integer", (column) => column.notNull().references("playlist.playlist_id"))
      .addColumn("track_id", "integer", (column) => column.notNull().references("track.track_id"))
      .addPrimaryKeyConstraint("playlist_track_pkey", ["playlist_id", "track_id"])
      .execute()
  },
}

const sales: Migration = {
  up: async (db: Kysely<unknown>) => {
    let employee = db.schema
      .createTable("employee")
      .addColumn("employee_id", "integer", (column) => column.primaryKey())
      .addColumn("last_name", "varchar(20)", (column) => column.notNull())
      .addColumn("first_name", "varchar(20)", (column) => column.notNull())
      .addColumn("title", "varchar(30)")
      .addColumn("reports_to", "integer", (column) => column.references("employee.employee_id"))
      .addColumn("birth_date", "timestamp")
      .addColumn("hire_date", "timestamp")
      .addColumn("email", "varchar(60)")
    let customer = db.schema
      .createTable("customer")
      .addColumn("customer_id", "integer", (column) => column.primaryKey())
      .addColumn("first_name", "varchar(40)", (column) => column.notNull())
      .addColumn("last_name", "varchar(20)", (column) => column.notNull())
      .addColumn("company", "varchar(80)")
      .addColumn("email", "varchar(60)", (column) => column.notNull())
      .addColumn("support_rep_id", "integer", (column) => column.references("employee.employee_id"))
    for (const [name, type] of REACHABLE) {
      employee = employee.addColumn(name, type)
      customer = customer.addColumn(name, type)
    }
    await employee.execute()
    await customer.execute()
    await db.schema
      .createTable("invoice")
      .addColumn("invoice_id", "integer", (column) => column.primaryKey())
      .addColumn("customer_id", "integer", (column) => column.notNull().references("customer.customer_id"))
      .addColumn("invoice_date", "timestamp", (column) => column.notNull())
      .addColumn("billing_city", "varchar(40)")
      .addColumn("billing_country", "varchar(40)")
      .addColumn("total", "numeric(10, 2)", (column) => column.notNull())
      .execute()
    await db.schema
      .createTable("invoice_line")
      .addColumn("invoice_line_id", "serial", (column) => column.primaryKey())
      .addColumn("invoice_id", "integer", (column) => column.notNull())
      .addColumn("track_id", "integer", (column) => column.notNull())
      .addColumn("unit_price", "numeric(10, 2)", (column) => column.notNull())
      .addColumn("quantity", "integer", (column) => column.notNull())
      .execute()
  },
}

/** The keys of the lines and the indexes come later, as Chinook's own script has them. */
const keys: Migration = {
  up: async (db: Kysely<unknown>) => {
    for (const table of ["invoice", "track"]) {
      await db.schema
        .alterTable("invoice_line")
        .addForeignKeyConstraint(`fk_invoice_line_${table}`, [`${table}_id`], table, [`${table}_id`])
        .onDelete("no action")
        .execute()
    }
    for (const [table, column] of [
      ["album", "artist_id"],
      ["customer", "support_rep_id"],
      ["employee", "reports_to"],
      ["invoice", "customer_id"],
      ["invoice_line", "invoice_id"],
      ["invoice_line", "track_id"],
      ["playlist_track", "track_id"],
      ["track", "album_id"],
      ["track", "genre_id"],
      ["track", "media_type_id"],
    ] as const) {
      await db.schema.createIndex(`${table}_${column}_idx`).on(table).column(column).execute()
    }
  },
}

export const CHINOOK_MIGRATIONS: Migrations = {
  "0001-catalogue": catalogue,
  "0002-sales": sales,
  "0003-keys": keys,
}
