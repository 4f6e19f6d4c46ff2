// Builds the image of the Dockerfile without Docker, starts it as hosts do and talks to it. It takes Linux, root and
// Debian's packages. `npm run image`; the first run takes minutes, later ones less than one.
import assert from "node:assert/strict"
import { resolve } from "node:path"
import { findFreePort } from "understudy-db/testing"
import { provideBaseImage } from "./space-image/base-image.ts"
import { buildImage, type Image } from "./space-image/build-image.ts"
import { openBuildah, type Buildah } from "./space-image/buildah.ts"
import * as checks from "./space-image/checks.ts"
import { seconds } from "./space-image/command.ts"
import { startContainer, type Container, type ContainerOptions } from "./space-image/container.ts"
import { holdsOnlyWhatRuns } from "./space-image/contents.ts"
import { CannotRunHere, meetRequirements } from "./space-image/requirements.ts"

/** As sysexits has it: something that it takes is not there. */
const EXIT_CANNOT_RUN = 69
const EXIT_INTERRUPTED = 130
const WORKSPACE = resolve(import.meta.dirname, "..")
const WRITABLE = "data"
const CANARY = "canary-7Kq9"

async function step<T>(
  title: string,
  work: () => Promise<T>,
  note: (result: T) => string = String,
): Promise<T> {
  const startMs = performance.now()
  const result = await work()
  const said = note(result)
  const took = seconds(performance.now() - startMs).padStart(8)
  process.stdout.write(`ok ${took}  ${title}${said === "" ? "" : `: ${said}`}\n`)
  return result
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`

/** What is running; ended in every case. */
await using running = new AsyncDisposableStack()
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => void running.disposeAsync().finally(() => process.exit(EXIT_INTERRUPTED)))
}

async function start(
  buildah: Buildah,
  image: Image,
  environment: Readonly<Record<string, string>>,
  network = true,
): Promise<Container> {
  const options: ContainerOptions = {
    environment: { SPACE_ID: "ann/tasks", ...environment },
    writable: WRITABLE,
    network,
  }
  return running.use(await startContainer(buildah, image, options))
}

async function withoutPostgres(buildah: Buildah, image: Image): Promise<void> {
  process.stdout.write("On a Space, no DATABASE_URL\n")
  const port = await findFreePort()
  const origin = `http://127.0.0.1:${port}`
  const container = await start(buildah, image, { PORT: String(port) })
  await step("answers", () => checks.answersAtOnce(container, origin))
  const embedded = { status: "warn", state: "embedded", reason: "configured" }
  await step("says what serves", () =>
    checks.tellsHealth(origin, { ...embedded, findings: ["storage.ephemeral"] }),
  )
  await step("keeps a task", () => checks.keepsTask(origin))
  await step("owns its files", () => checks.ownsItsFiles(image, container, WRITABLE))
  await step("is confined", () => checks.isConfined(image, container))
  await step("passes its health check", () => checks.passesItsHealthCheck(image, container))
  await step("holds only what runs", () => holdsOnlyWhatRuns(image, container.root, WORKSPACE))
  await step("stops on SIGTERM", () => checks.stopsWhenTold(container))
}

async function withDeadPostgres(buildah: Buildah, image: Image): Promise<void> {
  process.stdout.write("On a Space, DATABASE_URL in quotes, nobody listens there\n")
  const port = await findFreePort()
  const origin = `http://127.0.0.1:${port}`
  const url = `'postgresql://ann:${CANARY}@127.0.0.1:${await findFreePort()}/app'`
  const container = await start(buildah, image, { PORT: String(port), DATABASE_URL: url })
  await step("answers", () => checks.answersAtOnce(container, origin))
  const fallback = { status: "warn", state: "fallback", reason: "primary.refused" }
  const findings = ["url.quoted", "primary.refused", "storage.ephemeral"]
  await step("says what serves", () => checks.tellsHealth(origin, { ...fallback, findings }))
  await step("keeps a task", () => checks.keepsTask(origin))
  await step("passes its health check", () => checks.passesItsHealthCheck(image, container))
  await step("stops on SIGTERM", () => checks.stopsWhenTold(container))
  await step("tells no password", async () => {
    assert.ok(!container.output.includes(CANARY))
    return ""
  })
}

async function withoutNetwork(buildah: Buildah, image: Image): Promise<void> {
  process.stdout.write("Without a network, PORT not set\n")
  const container = await start(buildah, image, {}, false)
  await step("listens on the port that the image names", async () => {
    assert.deepEqual(image.ports, ["7860/tcp"])
    await container.until("healthy", async () => (await container.exec(image.healthCheck)) === 0)
    return ""
  })
  await step("stops on SIGTERM", () => checks.stopsWhenTold(container))
}

try {
  await step("requirements", meetRequirements)
  const buildah = await openBuildah()
  await step("base image", () => provideBaseImage(buildah))
  const image = await step(
    "build of the Dockerfile",
    () => buildImage(buildah, WORKSPACE),
    ({ sizeBytes, ownBytes }) =>
      `${megabytes(sizeBytes)}, of which ${megabytes(ownBytes)} on top of the base`,
  )
  await withoutPostgres(buildah, image)
  await withDeadPostgres(buildah, image)
  await withoutNetwork(buildah, image)
  process.stdout.write("The image does what it should.\n")
} catch (error) {
  const cannot = error instanceof CannotRunHere
  process.stdout.write(cannot ? `Cannot run here: ${error.message}.\n` : `FAILED: ${String(error)}\n`)
  process.exitCode = cannot ? EXIT_CANNOT_RUN : 1
}
