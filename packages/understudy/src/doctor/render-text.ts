import { styleText } from "node:util"
import type { Finding } from "../errors/finding.ts"
import type { Severity } from "../errors/findings/entry.ts"
import type { MarkedValue } from "./mark-value.ts"
import type { DoctorReport, HostReport, Step, StepName, StepStatus, ValueReport } from "./report.ts"
import { wrap } from "./wrap.ts"

/** How the report is written. */
export interface TextOptions {
  /** Columns; at least {@link LEAST_WIDTH} are used. */
  readonly width: number
  readonly color: boolean
}

/** Narrower lines could not be read. */
const LEAST_WIDTH = 40

type Style = Parameters<typeof styleText>[0]

const STATUS_STYLES: Readonly<Record<StepStatus, Style>> = {
  ok: "green",
  notice: "yellow",
  failed: "red",
  skipped: "gray",
}

const SEVERITY_STYLES: Readonly<Record<Severity, Style>> = { info: "cyan", warning: "yellow", error: "red" }

const TITLES: Readonly<Record<StepName, string>> = {
  dns: "DNS",
  tcp: "TCP",
  tls: "TLS",
  login: "login",
  query: "query",
  recovery: "recovery",
  rights: "rights",
  migrations: "migrations",
  clock: "clock",
  path: "path",
  connections: "connections",
  folder: "folder",
  disk: "disk",
  file: "file",
  integrity: "integrity",
  owner: "owner",
}

const STATUS_WIDTH = 8
const NAME_WIDTH = 12

/** The report for people. Pure; the same report gives the same text. */
export function renderText(report: DoctorReport, options: TextOptions): string {
  const page = new Page(options)
  writeValue(page, report.value)
  if (report.settings.length > 0) {
    page.heading("Settings")
    for (const found of report.settings) page.finding(found)
  }
  const { primary, storage } = report
  if (primary.hosts.length === 0) {
    page.heading("PostgreSQL")
    page.text(primary.skipped ?? "No server was asked.")
  }
  for (const [index, host] of primary.hosts.entries())
    writeHost(page, host, index === 0 ? primary.findings : [])
  page.heading("SQLite")
  if (storage.skipped !== null) page.text(storage.skipped)
  for (const found of storage.findings) page.finding(found)
  for (const step of storage.steps) page.step(step)
  page.heading("Conclusion")
  page.text(report.summary)
  return page.toString()
}

function writeValue(page: Page, { source, verdict, lines, repaired, findings }: ValueReport): void {
  page.heading(`Value: ${source} (${verdict})`)
  for (const line of lines) page.marked(line)
  if (repaired !== null) {
    page.text("It is read as:")
    page.whole(repaired)
  }
  for (const found of findings) page.finding(found)
}

function writeHost(
  page: Page,
  { endpoint, provider, steps }: HostReport,
  findings: readonly Finding[],
): void {
  page.heading(`PostgreSQL at ${endpoint}`)
  if (provider !== null) page.text(`${provider.name}: ${provider.advice}`)
  for (const found of findings) page.finding(found)
  for (const step of steps) page.step(step)
}

/** Lines that grow downwards, each within the width. */
class Page {
  readonly #lines: string[] = []
  readonly #width: number
  readonly #color: boolean

  constructor({ width, color }: TextOptions) {
    this.#width = Math.max(LEAST_WIDTH, width)
    this.#color = color
  }

  heading(text: string): void {
    if (this.#lines.length > 0) this.#lines.push("")
    const [first = "", ...rest] = wrap(text, this.#width)
    this.#lines.push(this.#style("bold", first), ...rest.map((line) => this.#style("bold", line)))
  }

  text(text: string): void {
    for (const line of wrap(text, this.#width - 2)) this.#lines.push(`  ${line}`)
  }

  /** To be copied: it is not broken. */
  whole(text: string): void {
    this.#lines.push(`    ${text}`)
  }

  /** A masked value is not to be copied: one that is too long is continued, each piece over its carets. */
  marked({ line, carets }: MarkedValue): void {
    const room = carets === "" ? line.length : this.#width - 4
    for (let start = 0; start < Math.max(1, line.length, carets.length); start += Math.max(1, room)) {
      this.#lines.push(`    ${line.slice(start, start + room)}`.trimEnd())
      const below = carets.slice(start, start + room)
      if (below.trim() !== "") this.#lines.push(`    ${this.#style("red", below.trimEnd())}`)
    }
  }

  finding({ severity, message, remedy, code, docs }: Finding): void {
    const label = `${severity}:`
    const [first = "", ...rest] = wrap(`${label} ${message}`, this.#width - 4)
    this.#lines.push(`  ${this.#style(SEVERITY_STYLES[severity], label)}${first.slice(label.length)}`)
    for (const line of rest) this.#lines.push(`    ${line}`)
    if (severity !== "info") this.#labelled("do:", remedy)
    this.#labelled("code:", `${code}, ${docs}`)
  }

  step({ name, status, text, tookMs, findings }: Step): void {
    const time = tookMs === null ? "" : ` (${tookMs} ms)`
    const indent = STATUS_WIDTH + NAME_WIDTH + 2
    const isNarrow = this.#width < 2 * indent
    const head = `  ${this.#style(STATUS_STYLES[status], status)}${" ".repeat(STATUS_WIDTH - status.length)}${TITLES[name].padEnd(NAME_WIDTH)}`
    const lines = wrap(`${text}${time}`, this.#width - (isNarrow ? 4 : indent))
    if (isNarrow) this.#lines.push(head.trimEnd(), ...lines.map((line) => `    ${line}`))
    else {
      const [first = "", ...rest] = lines
      this.#lines.push(`${head}${first}`, ...rest.map((line) => `${" ".repeat(indent)}${line}`))
    }
    for (const found of findings) this.finding(found)
  }

  #labelled(label: string, text: string): void {
    const [first = "", ...rest] = wrap(text, this.#width - 10)
    this.#lines.push(`    ${label.padEnd(6)}${first}`, ...rest.map((line) => `          ${line}`))
  }

  #style(style: Style, text: string): string {
    return this.#color && text !== "" ? styleText(style, text, { validateStream: false }) : text
  }

  toString(): string {
    return `${this.#lines.join("\n")}\n`
  }
}
