import { sql, type Generated, type Kysely } from "kysely"
import type { Migration } from "kysely/migration"
import { migrate, type Migrations } from "../../../src/migrate/migrate.ts"
import type { TestEngine } from "../../support/engines.ts"

export interface Address {
  readonly city: string
  readonly postalCode?: string
}

interface Job {
  readonly title: string
  readonly years: number
}

export interface Person {
  id: Generated<number>
  first_name: string
  last_name: string | null
  gender: "male" | "female" | "other"
  age: number | null
  birthdate: string | null
  is_active: Generated<boolean>
  address: Address | null
  experience: readonly Job[] | null
  created_at: Generated<Date>
  deleted_at: Date | null
}

export interface Pet {
  id: Generated<number>
  name: string
  owner_id: number
  species: "dog" | "cat" | "hamster"
  is_favorite: Generated<boolean>
}

export interface Toy {
  id: Generated<number>
  name: string
  price: string
  pet_id: number
}

export interface Wine {
  id: Generated<number>
  name: string
  stock: number
}

export interface RecipeTables {
  person: Person
  pet: Pet
  toy: Toy
  wine: Wine
}

const people: Migration = {
  up: async (db: Kysely<unknown>) => {
    await db.schema
      .createTable("person")
      .addColumn("id", "serial", (column) => column.primaryKey())
      .addColumn("first_name", "varchar(255)", (column) => column.notNull())
      .addColumn("last_name", "varchar(255)")
      .addColumn("gender", "varchar(50)", (column) =>
        column.notNull().check(sql`gender in ('male', 'female', 'other')`),
      )
      .addColumn("age", "integer")
      .addColumn("birthdate", "date")
      .addColumn("is_active", "boolean", (column) => column.notNull().defaultTo(true))
      .addColumn("address", "jsonb")
      .addColumn("experience", "jsonb")
      .addColumn("created_at", "timestamp", (column) => column.notNull().defaultTo(sql`now()`))
      .addColumn("deleted_at", "timestamptz")
      .execute()
  },
  down: (db: Kysely<unknown>) => db.schema.dropTable("person").execute(),
}

const petsAndToys: Migration = {
  up: async (db: Kysely<unknown>) => {
    await db.schema
      .createTable("pet")
      .addColumn("id", "integer", (column) => column.primaryKey().generatedByDefaultAsIdentity())
      .addColumn("name", "varchar(255)", (column) => column.notNull().unique())
      .addColumn("owner_id", "integer", (column) =>
        column.references("person.id").onDelete("cascade").notNull(),
      )
      .addColumn("species", "varchar(50)", (column) => column.notNull())
      .addColumn("is_favorite", "boolean", (column) => column.notNull().defaultTo(false))
      .addCheckConstraint("pet_species", sql`species in ('dog', 'cat', 'hamster')`)
      .execute()
    await db.schema.createIndex("pet_owner_id_index").on("pet").column("owner_id").execute()
    await db.schema
      .createTable("toy")
      .addColumn("id", "bigserial", (column) => column.primaryKey())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("price", "numeric(8, 2)", (column) => column.notNull())
      .addColumn("pet_id", "integer", (column) => column.references("pet.id").onDelete("cascade").notNull())
      .execute()
  },
  down: async (db: Kysely<unknown>) => {
    await db.schema.dropTable("toy").execute()
    await db.schema.dropTable("pet").execute()
  },
}

const wines: Migration = {
  up: (db: Kysely<unknown>) =>
    db.schema
      .createTable("wine")
      .ifNotExists()
      .addColumn("id", "serial", (column) => column.primaryKey())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("stock", "integer", (column) => column.notNull())
      .addUniqueConstraint("wine_name", ["name"])
      .execute(),
}

const MIGRATIONS: Migrations = {
  "2021_05_01_people": people,
  "2021_06_10_pets_and_toys": petsAndToys,
  "2023_02_03_wines": wines,
}

/** Makes the tables by migrations, and their rows. */
export async function prepareRecipes({ engine, sessions }: TestEngine<RecipeTables>): Promise<void> {
  const db = sessions.kysely
  await migrate(engine, MIGRATIONS)
  const created_at = new Date("2024-03-31T01:30:00.123Z")
  const jobs = [
    { title: "Baker", years: 3 },
    { title: "Pilot", years: 11 },
  ]
  await db
    .insertInto("person")
    .values([
      {
        first_name: "Jennifer",
        last_name: "Aniston",
        gender: "female",
        age: 25,
        birthdate: "1998-11-30",
        address: { city: "Oslo", postalCode: "0150" },
        experience: JSON.stringify(jobs) as never,
        created_at,
      },
      {
        first_name: "Arnold",
        last_name: "Schwarzenegger",
        gender: "male",
        age: 77,
        birthdate: "1947-07-30",
        is_active: false,
        created_at: new Date(created_at.getTime() + 86_400_000),
        deleted_at: new Date("2025-01-01T00:00:00Z"),
      },
      {
        first_name: "Sylvester",
        last_name: null,
        gender: "male",
        age: null,
        address: { city: "Turku" },
        created_at,
      },
      { first_name: "Ölaf", last_name: "O'Neil 🎭", gender: "other", age: 25, created_at },
      { first_name: "Jennifer", last_name: "Lopez", gender: "female", age: 54, is_active: false, created_at },
    ])
    .execute()
  await db
    .insertInto("pet")
    .values([
      { name: "Catto", owner_id: 1, species: "cat", is_favorite: true },
      { name: "Doggo", owner_id: 2, species: "dog" },
      { name: "Hammo", owner_id: 3, species: "hamster" },
      { name: "Rex", owner_id: 1, species: "dog" },
      { name: "catty", owner_id: 5, species: "cat" },
    ])
    .execute()
  await db
    .insertInto("toy")
    .values([
      { name: "Wheel", price: "12.50", pet_id: 3 },
      { name: "Bone", price: "3.00", pet_id: 2 },
      { name: "Ball", price: "0.99", pet_id: 2 },
      { name: "Mouse", price: "7.25", pet_id: 1 },
    ])
    .execute()
  await db
    .insertInto("wine")
    .values([
      { name: "Barolo", stock: 12 },
      { name: "Rioja", stock: 0 },
    ])
    .execute()
}
