import { createHash } from "node:crypto"
import type { HealthBody } from "../../health/report.ts"
import { Html, markup } from "./html.ts"
import { STYLE } from "./style.ts"
import { copyWords, durabilityWords, pendingWords, spanWords, wordingOf } from "./wording.ts"

/** A link on the page. */
export interface StatusPageLink {
  /** A path of this service, or an `https:` address. */
  readonly href: string
  readonly label: string
}

/** What the page says of the service that it belongs to. */
export interface StatusPageOptions {
  /** The service's name. Default: `Understudy`. */
  readonly title?: string
  readonly links?: readonly StatusPageLink[]
}

const styleHash = createHash("sha256").update(STYLE).digest("base64")

/** No script, nothing from outside; the Hub and a Space's own address may frame it. */
export const STATUS_PAGE_HEADERS: Readonly<Record<string, string>> = Object.freeze({
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "content-security-policy": [
    "default-src 'none'",
    `style-src 'sha256-${styleHash}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self' https://huggingface.co https://*.hf.space",
  ].join("; "),
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
})

// Told apart by shape too, not by colour alone.
const ICONS = {
  pass: icon("M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1z"),
  warn: icon("M8 1 15.5 15H.5z"),
  fail: icon("M1 1h14v14H1z"),
} satisfies Record<HealthBody["status"], Html>

const ENGINES = { postgresql: "PostgreSQL", sqlite: "SQLite" } as const

/** The page as HTML. Takes the public report: what is not in it cannot show. */
export function renderStatusPage(body: HealthBody, options: StatusPageOptions, now: Date): string {
  const { title = "Understudy", links = [] } = options
  const words = wordingOf(body)
  const others = body.findings.filter((finding) => finding.code !== body.reason)
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}: ${words.headline}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<main>
<header>
<p class="name">${title}</p>
<p class="badge ${body.status}" role="status">${ICONS[body.status]}${words.label}</p>
</header>
<div class="state">
<h1>${words.headline}</h1>
<p class="reason">${words.reason}</p>
${words.remedy === null ? null : markup`<p class="remedy"><b>What to do:</b> ${words.remedy}</p>`}
${factsOf(body, now)}
</div>
${others.length === 0 ? null : findingsOf(others)}
${links.length === 0 ? null : linksOf(links)}
<footer><p>As of <time datetime="${now.toISOString()}">${timeWords(now)}</time>. Reload for news.</p></footer>
</main>
</body>
</html>
`
  return page.text
}

function icon(path: string): Html {
  return markup`<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${path}" /></svg>`
}

function factsOf(body: HealthBody, now: Date): Html {
  const since = new Date(body.since)
  const facts: readonly (readonly [name: string, value: Html])[] = [
    ["Engine", markup`${body.engine === null ? "none" : ENGINES[body.engine]}`],
    ["Writes", markup`${body.writable ? "taken" : "not taken"}`],
    ["Kept", markup`${durabilityWords(body.durability)}`],
    ...(body.mirror === null ? [] : [["Copy in SQLite", markup`${copyWords(body.mirror)}`] as const]),
    ...(body.pending === null ? [] : [["To be handed back", markup`${pendingWords(body.pending)}`] as const]),
    ["In this state for", markup`${spanWords(now.getTime() - since.getTime())}`],
    ["Since", markup`<time datetime="${body.since}">${timeWords(since)}</time>`],
    ["Reason code", markup`<code>${body.reason}</code>`],
  ]
  return markup`<dl>
${facts.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>`
}

function findingsOf(findings: HealthBody["findings"]): Html {
  return markup`<section aria-labelledby="findings">
<h2 id="findings">Findings</h2>
<ul class="findings">
${findings.map(findingItem)}</ul>
</section>`
}

function findingItem(finding: HealthBody["findings"][number]): Html {
  return markup`<li><span class="tag ${finding.severity}">${finding.severity}</span>
<h3>${finding.title}</h3>
<p class="remedy">${finding.remedy}</p>
<a href="${finding.docs}" target="_blank" rel="noopener"><code>${finding.code}</code></a></li>
`
}

function linksOf(links: readonly StatusPageLink[]): Html {
  return markup`<nav aria-label="More of this service"><ul>
${links.map(({ href, label }) => markup`<li><a href="${href}">${label}</a></li>\n`)}</ul></nav>`
}

function timeWords(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`
}
