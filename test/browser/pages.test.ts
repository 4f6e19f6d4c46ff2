import { existsSync } from "node:fs"
import { mkdir } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { startBackend, type Backend } from "../support/backend.ts"

const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium"
const missing = existsSync(executablePath) ? null : `no Chromium at ${executablePath}; set CHROMIUM`
const shots = join(tmpdir(), "understudy-screenshots")
const refused = { DATABASE_URL: "mysql://user:canary-1f0a9c3d5e@127.0.0.1/app" }

describe.skipIf(missing !== null)(
  `promise 2, it says so, in a real browser${missing === null ? "" : ` (${missing})`}`,
  () => {
    let backend: Backend
    let browser: Browser
    beforeAll(async () => {
      await mkdir(shots, { recursive: true })
      backend = await startBackend({ env: refused })
      while ((await backend.fetch("/health/ready")).status !== 200)
        await new Promise((resolve) => setTimeout(resolve, 20))
      browser = await chromium.launch({
        executablePath,
        args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
      })
    })
    afterAll(async () => {
      await browser?.close()
      await backend?.[Symbol.asyncDispose]()
    })

    /** A page that may go nowhere but to the backend, and what it complained of. */
    async function openPage(options: Parameters<Browser["newContext"]>[0] = {}): Promise<{
      readonly context: BrowserContext
      readonly page: Page
      readonly complaints: string[]
    }> {
      const context = await browser.newContext(options)
      const page = await context.newPage()
      const complaints: string[] = []
      page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") complaints.push(message.text())
      })
      page.on("pageerror", (error) => complaints.push(error.message))
      await context.route("**", (route) => {
        const { origin } = new URL(route.request().url())
        if (origin === backend.origin) return route.continue()
        complaints.push(`asked for ${route.request().url()}`)
        return route.abort()
      })
      return { context, page, complaints }
    }

    test.each([
      ["light", 1280],
      ["dark", 1280],
      ["light", 360],
    ] as const)("the status page, %s, %i wide", async (colorScheme, width) => {
      const { context, page, complaints } = await openPage({
        colorScheme,
        viewport: { width, height: 900 },
        javaScriptEnabled: false,
      })
      const response = await page.goto(backend.origin)
      expect(response?.status()).toBe(200)
      expect(await page.locator("h1").textContent()).toBe("SQLite stands in for PostgreSQL.")
      expect(await page.getByRole("status").textContent()).toBe("Fallback")
      expect(await page.getByText("What to do:").count()).toBe(1)
      expect(await page.content()).not.toContain("canary")
      expect(await page.getByRole("link", { name: "API reference" }).getAttribute("href")).toBe("/docs")
      // The style is in force, and nothing is wider than the window.
      const box = await page.locator("main").boundingBox()
      expect(box?.width).toBeLessThanOrEqual(Math.min(width, 720))
      const full = await page.locator("html").evaluate((element) => element.scrollWidth)
      expect(full).toBeLessThanOrEqual(width)
      await page.screenshot({ path: join(shots, `status-${colorScheme}-${width}.png`), fullPage: true })
      expect(complaints).toEqual([])
      await context.close()
    })

    test("the reference page shows the routes, with assets from here alone", async () => {
      const { context, page, complaints } = await openPage({ viewport: { width: 1280, height: 900 } })
      await page.goto(`${backend.origin}/docs`)
      await page.locator("#operations-tasks-listTasks").waitFor()
      expect(await page.locator(".opblock").count()).toBe(6)
      await page.screenshot({ path: join(shots, "docs.png"), fullPage: true })
      expect(complaints).toEqual([])
      await context.close()
    })

    test.each([
      ["https://huggingface.co", "/", true],
      ["https://huggingface.co", "/docs", true],
      ["https://somebody.hf.space", "/", true],
      ["https://elsewhere.example", "/", false],
      ["https://elsewhere.example", "/docs", false],
      ["https://elsewhere.example", "/health", false],
    ])("inside a frame of %s, %s is shown: %s", async (parent, path, shown) => {
      const context = await browser.newContext({ viewport: { width: 1000, height: 800 } })
      const page = await context.newPage()
      const space = "https://owner-tasks.hf.space"
      // Both sites answer with what they would send; the Space's with what the backend sends, headers and all.
      await context.route("**", async (route) => {
        const url = new URL(route.request().url())
        if (url.origin === space) {
          const response = await backend.fetch(url.pathname + url.search)
          return route.fulfill({
            status: response.status,
            headers: Object.fromEntries(response.headers),
            body: Buffer.from(await response.arrayBuffer()),
          })
        }
        if (url.origin === parent)
          return route.fulfill({
            contentType: "text/html",
            body: `<h1>The Hub</h1><iframe title="Space" style="width:95%;height:650px" src="${space}${path}"></iframe>`,
          })
        return route.abort()
      })
      await page.goto(parent)
      const heading = page.frameLocator("iframe").locator(path === "/docs" ? ".opblock >> nth=0" : "h1")
      const frame = page.frames().find((each) => each.parentFrame() !== null)
      await frame?.waitForLoadState()
      if (shown) await heading.waitFor()
      else expect(await page.frameLocator("iframe").locator("body").textContent()).not.toContain("PostgreSQL")
      const name = `frame-${new URL(parent).hostname}${path.replaceAll("/", "-")}.png`
      await page.screenshot({ path: join(shots, name) })
      expect(frame?.url().startsWith("chrome-error:")).toBe(!shown)
      await context.close()
    })
  },
)
