/** The port of a PostgreSQL server whose URL names none. */
export const POSTGRES_PORT = 5432
