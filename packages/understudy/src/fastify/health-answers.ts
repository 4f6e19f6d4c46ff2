import { healthReport, type HealthReport } from "../health/report.ts"
import type { DatabaseStatus } from "../health/status.ts"
import { renderStatusPage, STATUS_PAGE_HEADERS, type StatusPageOptions } from "./page/status-page.ts"

/** An answer, ready to be sent by Fastify or by a bare server. */
export interface HealthAnswer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const JSON_HEADERS = {
  "content-type": "application/health+json; charset=utf-8",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
}

/** `/health/live`: the event loop turns. Nothing is asked. */
export const LIVE_ANSWER: HealthAnswer = Object.freeze({
  statusCode: 200,
  headers: JSON_HEADERS,
  body: '{"status":"pass"}',
})

/** `/health`: always the whole report. */
export function answerHealth(status: DatabaseStatus, detailed: boolean, now: Date): HealthAnswer {
  const report = healthReport(status, { detailed, now })
  return jsonAnswer(report, report.healthHttpStatus)
}

/** `/health/ready`: may requests be sent here? */
export function answerReady(status: DatabaseStatus, detailed: boolean, now: Date): HealthAnswer {
  const report = healthReport(status, { detailed, now })
  return jsonAnswer(report, report.readyHttpStatus)
}

/** `/health/ready` while the service around the database is still loaded: not yet, whatever the database is. */
export function answerNotReady(status: DatabaseStatus, now: Date): HealthAnswer {
  return jsonAnswer(healthReport(status, { detailed: false, now }), 503)
}

/** `/`: the status page, 200 in every state: a host takes another status for a service that is not up. */
export function answerPage(status: DatabaseStatus, page: StatusPageOptions, now: Date): HealthAnswer {
  const { body } = healthReport(status, { detailed: false, now })
  const refresh = body.state === "starting" && body.status !== "fail" ? { refresh: "2" } : {}
  return {
    statusCode: 200,
    headers: { ...STATUS_PAGE_HEADERS, ...refresh },
    body: renderStatusPage(body, page, now),
  }
}

function jsonAnswer(report: HealthReport, statusCode: number): HealthAnswer {
  const headers = statusCode === 503 ? { ...JSON_HEADERS, "retry-after": "5" } : JSON_HEADERS
  return { statusCode, headers, body: JSON.stringify(report.body) }
}
