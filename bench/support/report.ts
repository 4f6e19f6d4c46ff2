import { cpus, loadavg, release, totalmem } from "node:os"
import { meets, type Figure } from "./measure.ts"

/** What the figures depend on. */
export function machineFacts(): Readonly<Record<string, string>> {
  const models = cpus()
  return {
    node: process.version,
    sqlite: process.versions["sqlite"] ?? "unknown",
    system: `${process.platform} ${process.arch} ${release()}`,
    processors: `${models.length} x ${models[0]?.model ?? "unknown"}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    load: (loadavg()[0] ?? 0).toFixed(2),
    at: new Date().toISOString(),
  }
}

/** One figure as a line. */
export function renderFigure(figure: Figure): string {
  const { name, unit, ours, theirs, against, ratio, limit } = figure
  const target =
    limit === undefined ? "" : "atLeast" in limit ? `at least ${limit.atLeast}` : `at most ${limit.atMost}`
  const verdict = limit === undefined ? "for information" : meets(figure) ? "ok" : "MISSED"
  const values = `${round(ours)} ${unit} against ${round(theirs)} (${against})`
  return `  ${name.padEnd(42)} ${ratio.toFixed(2).padStart(5)}  ${target.padEnd(13)} ${verdict.padEnd(16)} ${values}`
}

function round(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : value.toFixed(1)
}
