import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"

const conditions = ["understudy-source"]

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/test/**/*.test.ts", "apps/*/test/**/*.test.ts", "test/**/*.test.ts"],
    setupFiles: ["test/support/property-runs.ts"],
    pool: "forks",
    // Most of them wait: for servers that start, are lost and come back.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    execArgv: ["--conditions=understudy-source"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
