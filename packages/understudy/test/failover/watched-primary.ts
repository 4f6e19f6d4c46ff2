import { expect } from "vitest"
import type { FindingCode } from "../../src/errors/finding.ts"
import { Monitor, type MonitorOptions } from "../../src/failover/monitor.ts"
import type { ProbeSample } from "../../src/failover/probe-sample.ts"
import { postgresOptions } from "../support/engines.ts"

/** What a monitor has told, in order. */
export type Told = FindingCode | "back"

/** A monitor and what it tells. Disposing it closes the monitor. */
export interface WatchedPrimary extends Disposable {
  readonly monitor: Monitor
  readonly told: readonly Told[]
  readonly samples: readonly ProbeSample[]
  /** Waits until so much was told in all. */
  untilTold(count: number, limitMs?: number): Promise<void>
  /** Waits for so many more probes. */
  untilProbed(count: number): Promise<void>
}

/** Lets a monitor watch the server behind a URL. */
export function watchPrimary(url: string, options: Partial<MonitorOptions> = {}): WatchedPrimary {
  const told: Told[] = []
  const samples: ProbeSample[] = []
  const monitor = new Monitor(
    { postgres: postgresOptions(url), redact: (text) => text, ...options },
    {
      lost: (why) => told.push(why.code),
      back: () => told.push("back"),
      probed: (sample) => samples.push(sample),
    },
  )
  return {
    monitor,
    told,
    samples,
    async untilTold(count, limitMs = 20_000) {
      await expect.poll(() => told.length, { timeout: limitMs, interval: 5 }).toBeGreaterThanOrEqual(count)
    },
    async untilProbed(count) {
      const before = samples.length
      await expect
        .poll(() => samples.length, { timeout: 20_000, interval: 5 })
        .toBeGreaterThanOrEqual(before + count)
    },
    [Symbol.dispose]: () => monitor.close(),
  }
}
