import { defineConfig } from "vitest/config"

const conditions = ["understudy-source"]

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/test/**/*.test.ts", "apps/*/test/**/*.test.ts", "test/**/*.test.ts"],
    setupFiles: ["test/support/property-runs.ts"],
    pool: "forks",
    execArgv: ["--conditions=understudy-source"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
