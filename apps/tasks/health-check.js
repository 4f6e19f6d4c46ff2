// Ends with 0 if this container's service answers /health/live, else with 1: the image's HEALTHCHECK. Plain JavaScript
// without imports of ours: it runs every half minute beside the service, and must cost next to nothing.
import { get } from "node:http"
import { isIP } from "node:net"

const DEFAULT_PORT = 7860
const LIMIT_MS = 4000

// oxlint-disable-next-line node/no-process-env -- reading all the settings would cost more than the check
const { PORT = "", HOST = "" } = process.env

// Where PORT or HOST make no sense, the service takes its defaults: port 7860 on all addresses.
const wanted = /^\s*\d{1,9}\s*$/.test(PORT) && Number(PORT) <= 65_535 ? Number(PORT) : DEFAULT_PORT
const own = HOST.trim().replace(/^\[(.*)\]$/, "$1")
const hosts = isIP(own) === 0 ? ["127.0.0.1"] : ["127.0.0.1", own]

// A port below 1024 may be closed to this account; the service is at the default one then.
const ports = wanted < 1024 ? [wanted, DEFAULT_PORT] : [wanted]

/** @param {string} host @param {number} port */
const answers = (host, port) =>
  new Promise((resolve) => {
    const request = get({ host, port, path: "/health/live", timeout: LIMIT_MS }, (response) => {
      resolve(response.statusCode === 200)
      response.destroy()
    })
    request.once("timeout", () => request.destroy())
    request.once("error", () => resolve(false))
  })

const asked = hosts.flatMap((host) => ports.map((each) => answers(host, each)))
const live = (await Promise.all(asked)).includes(true)
process.exitCode = live ? 0 : 1
