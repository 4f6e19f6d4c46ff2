import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { startTasks, type TasksService } from "./tasks-service.ts"

describe("the service around the tasks", () => {
  let service: TasksService
  beforeAll(async () => {
    service = await startTasks("sqlite", { requestsPerMinute: 20 })
  })
  afterAll(() => service[Symbol.asyncDispose]())
  const from = (ip: string): Record<string, string> => ({ "x-forwarded-for": ip })

  test("its API is described as OpenAPI 3.1, every route with what it answers", async () => {
    const { body } = await service.call("GET", "/openapi.json", undefined, from("198.51.100.1"))
    expect(body["openapi"]).toBe("3.1.0")
    const paths = body["paths"] as Record<string, Record<string, { responses: object; operationId: string }>>
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, { responses }]) => `${method} ${path}: ${Object.keys(responses).join(" ")}`,
      ),
    )
    expect(routes.toSorted()).toEqual([
      "delete /tasks/{id}: 204 400 404 503",
      "get /tasks/{id}: 200 400 404 503",
      "get /tasks: 200 400 503",
      "patch /tasks/{id}: 200 400 404 503",
      "post /tasks/{id}/complete: 200 400 404 503",
      "post /tasks: 201 400 503",
    ])
    const text = JSON.stringify(body)
    const schemas = Object.keys((body["components"] as { schemas: object }).schemas)
    expect(schemas).toEqual(["Task", "TaskPage", "Problem"])
    for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g))
      expect(schemas).toContain(name)
    expect(text).toContain('"type":["string","null"]')
  })

  test("the reference page and all that it loads come from here", async () => {
    const page = await fetch(`${service.url}/docs`, { headers: from("198.51.100.2") })
    expect(page.status).toBe(200)
    const html = await page.text()
    const assets = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(
      ([, href]) => new URL(href ?? "", page.url),
    )
    expect(assets.length).toBeGreaterThan(3)
    for (const asset of assets) {
      expect(asset.origin).toBe(service.url)
      const response = await fetch(asset, { headers: from("198.51.100.2") })
      expect([asset.pathname, response.status]).toEqual([asset.pathname, 200])
      await response.arrayBuffer()
    }
  })

  test.each(["/", "/docs", "/tasks", "/openapi.json", "/nowhere", "/health"])(
    "%s has security headers, and can be framed by the Hub",
    async (path) => {
      const { headers } = await fetch(service.url + path, { headers: from("198.51.100.3") })
      expect(headers.get("x-frame-options")).toBeNull()
      expect(headers.get("content-security-policy")).toContain(
        "frame-ancestors 'self' https://huggingface.co https://*.hf.space",
      )
      expect(headers.get("x-content-type-options")).toBe("nosniff")
      expect(headers.get("strict-transport-security")).not.toBeNull()
    },
  )

  test("too many requests of one address are refused; others and probes are not", async () => {
    const statuses = await Promise.all(
      Array.from({ length: 30 }, () => service.call("GET", "/tasks", undefined, from("203.0.113.9"))),
    )
    expect(statuses.filter(({ status }) => status === 200)).toHaveLength(20)
    const refused = statuses.find(({ status }) => status === 429)
    expect(refused?.headers.get("content-type")).toBe("application/problem+json")
    expect(refused?.headers.get("retry-after")).not.toBeNull()
    expect(refused?.body).toMatchObject({ status: 429 })
    expect((await service.call("GET", "/tasks", undefined, from("203.0.113.10"))).status).toBe(200)
    for (const path of ["/", "/health", "/health/live", "/health/ready"])
      expect((await fetch(service.url + path, { headers: from("203.0.113.9") })).status).toBe(200)
  })

  test("an address that a client makes up, in front of the one that the proxy saw, changes nothing", async () => {
    const statuses: number[] = []
    for (let index = 0; index < 25; index++) {
      const made = `192.0.2.${index}, 203.0.113.77, 10.0.0.1`
      statuses.push((await service.call("GET", "/tasks", undefined, from(made))).status)
    }
    expect(statuses.slice(20)).toEqual([429, 429, 429, 429, 429])
  })

  test("a network of IPv6 counts as one address: its owner has 2^64 of them", async () => {
    const statuses: number[] = []
    for (let index = 0; index < 25; index++) {
      const { status } = await service.call(
        "GET",
        "/tasks",
        undefined,
        from(`2001:db8:1:2::${index.toString(16)}`),
      )
      statuses.push(status)
    }
    expect(statuses.filter((status) => status === 200)).toHaveLength(20)
    const other = await service.call("GET", "/tasks", undefined, from("2001:db8:1:3::1"))
    expect(other.status).toBe(200)
  })

  test.each(["/openapi.json", "/docs", "/tasks/0198c8a5-2f5b-7c3e-9f60-1b2c3d4e5f60"])(
    "the limit is for %s too",
    async (path) => {
      const headers = from(`192.0.2.${path.length}`)
      const statuses = new Set<number>()
      for (let index = 0; index < 25; index++) {
        const response = await fetch(service.url + path, { headers })
        statuses.add(response.status)
        await response.arrayBuffer()
      }
      expect(statuses).toContain(429)
    },
  )

  test("no other site may read an answer, whatever it says it is", async () => {
    const headers = { origin: "https://elsewhere.example", ...from("198.51.100.6") }
    const preflight = { ...headers, "access-control-request-method": "POST" }
    for (const [method, path, sent] of [
      ["GET", "/tasks", headers],
      ["GET", "/health", headers],
      ["OPTIONS", "/tasks", preflight],
    ] as const) {
      const response = await fetch(service.url + path, { method, headers: sent })
      const names = [...response.headers.keys()]
      expect(names.filter((name) => name.startsWith("access-control-"))).toEqual([])
      expect(response.headers.get("cross-origin-resource-policy")).toBe("same-origin")
    }
  })

  test("a host that a client makes up appears in no answer", async () => {
    const made = "elsewhere.example"
    const headers = {
      "x-forwarded-host": made,
      "x-forwarded-proto": "gopher",
      "x-forwarded-prefix": `/${made}`,
      "x-original-url": `/${made}`,
      forwarded: `host=${made}`,
      ...from("198.51.100.7"),
    }
    const created = await service.call("POST", "/tasks", { title: "x" }, headers)
    expect(created.headers.get("location")).toBe(`/tasks/${String(created.body["id"])}`)
    for (const path of ["/", "/tasks", "/docs", "/openapi.json", "/health", "/nowhere"]) {
      const response = await fetch(service.url + path, { headers, redirect: "manual" })
      expect([...response.headers.values(), await response.text()].join("\n")).not.toMatch(/elsewhere|gopher/)
    }
  })

  test("the reference page runs no script but its own files", async () => {
    const page = await fetch(`${service.url}/docs`, { headers: from("198.51.100.8") })
    const policy = new Map(
      page.headers
        .get("content-security-policy")
        ?.split("; ")
        .map((part) => [part.split(" ", 1)[0], part]),
    )
    expect(policy.get("default-src")).toBe("default-src 'self'")
    expect(policy.get("script-src") ?? "").toBe("")
    expect(policy.get("object-src")).toBe("object-src 'none'")
    expect(policy.get("base-uri")).toBe("base-uri 'self'")
    expect([...policy.values()].join(" ")).not.toMatch(
      /unsafe-eval|https?:(?!\/\/(huggingface\.co|\*\.hf\.space))/,
    )
    const html = await page.text()
    const scripts = [...html.matchAll(/<script([^>]*)>([^]*?)<\/script>/g)]
    expect(scripts.length).toBeGreaterThan(0)
    for (const [, attributes, text] of scripts)
      expect([attributes, text?.trim()]).toEqual([expect.stringContaining("src="), ""])
    expect(html).not.toMatch(/\son\w+=/)
  })

  test("a body over the limit is refused", async () => {
    const { status, body } = await service.call(
      "POST",
      "/tasks",
      { title: "x", notes: "x".repeat(70_000) },
      from("198.51.100.5"),
    )
    expect([status, body["code"]]).toEqual([413, "FST_ERR_CTP_BODY_TOO_LARGE"])
  })
})
