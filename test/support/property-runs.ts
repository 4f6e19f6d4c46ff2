/**
 * Runs before each test file: `UNDERSTUDY_PROPERTY_RUNS` sets how many cases each property test tries; fast-check's own
 * default is 100. A test that names a number of its own keeps it.
 */
export const runs = Number(process.env["UNDERSTUDY_PROPERTY_RUNS"] ?? 0)
if (runs > 0) {
  const { configureGlobal } = await import("fast-check")
  configureGlobal({ numRuns: runs })
}
