import { migrate } from "../../src/migrate/migrate.ts"
import { openFile, REBUILDING } from "./rebuilding-migrations.ts"

// Run by crash.test.ts, which kills it before the transaction commits.
const engine = openFile(process.argv[2] as string)
const { make, rebuild } = REBUILDING
await migrate(engine, {
  "001": make,
  "002": {
    async up(db) {
      await rebuild.up(db)
      process.stdout.write("rebuilt\n")
      await new Promise((resolve) => setTimeout(resolve, 60_000))
    },
  },
})
