import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { BASE_IMAGE } from "./base-image.ts"
import { ISOLATION, type Buildah } from "./buildah.ts"
import { run } from "./command.ts"

/** What a container engine reads of an image to start it. */
export interface Image {
  readonly id: string
  readonly sizeBytes: number
  /** Without the base image. */
  readonly ownBytes: number
  /** Entry point and command. */
  readonly command: readonly string[]
  readonly healthCheck: readonly string[]
  readonly environment: readonly string[]
  readonly user: string
  readonly workingFolder: string
  readonly ports: readonly string[]
}

/** The Dockerfile's stage that waits for npm. */
const SLOW_STAGE = "dependencies"

/** Builds the Dockerfile of this folder as it is, on the base image that is there. */
export async function buildImage(buildah: Buildah, root: string): Promise<Image> {
  const folder = await mkdtemp(join(tmpdir(), "understudy-build-"))
  try {
    const idFile = join(folder, "id")
    const build = ["build-using-dockerfile", ISOLATION, "--pull=never", "--layers", "--format", "docker"]
    const volumes = await npmVolumes(root, folder)
    // With a name of its own it outlives the layers that no name leads to any more.
    const stage = ["--target", SLOW_STAGE, "--tag", `localhost/understudy-${SLOW_STAGE}`]
    await buildah([...build, ...volumes, ...stage, root])
    await buildah([...build, ...volumes, "--iidfile", idFile, "--tag", "localhost/understudy", root])
    // Another run may be using what is in the way.
    await buildah(["rmi", "--prune"]).catch(() => "")
    return await lookAtImage(buildah, (await readFile(idFile, "utf8")).trim())
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** How npm reaches its registry on this machine, mounted while the image is built and no part of it. */
async function npmVolumes(root: string, folder: string): Promise<string[]> {
  const config = JSON.parse(await run("npm", ["config", "list", "--json"], { cwd: root })) as Record<
    string,
    unknown
  >
  const lines = ["registry", "strict-ssl", "proxy", "https-proxy", "noproxy"]
    .filter((key) => ["string", "boolean"].includes(typeof config[key]))
    .map((key) => `${key}=${String(config[key])}`)
  const npmrc = join(folder, "npmrc")
  const volumes = ["--volume", `${npmrc}:/usr/local/etc/npmrc:ro`]
  const certificates = config["cafile"]
  if (typeof certificates === "string") {
    lines.push("cafile=/usr/local/etc/npm-ca.pem")
    volumes.push("--volume", `${certificates}:/usr/local/etc/npm-ca.pem:ro`)
  }
  await writeFile(npmrc, lines.join("\n"))
  return volumes
}

/** As `buildah inspect` tells it in Docker's format, which alone holds the health check. */
interface Inspected {
  /** The text of the manifest. */
  readonly Manifest: string
  readonly Docker: {
    readonly config: {
      readonly Cmd: readonly string[] | null
      readonly Entrypoint: readonly string[] | null
      readonly Env: readonly string[]
      readonly User: string
      readonly WorkingDir: string
      readonly ExposedPorts: Readonly<Record<string, unknown>>
      readonly Healthcheck: { readonly Test: readonly string[] }
    }
  }
}

async function lookAtImage(buildah: Buildah, id: string): Promise<Image> {
  const inspected = await inspect(buildah, id)
  const { Cmd, Entrypoint, Env, User, WorkingDir, ExposedPorts, Healthcheck } = inspected.Docker.config
  const sizeBytes = sizeOf(inspected)
  return {
    id,
    sizeBytes,
    ownBytes: sizeBytes - sizeOf(await inspect(buildah, BASE_IMAGE)),
    command: [...(Entrypoint ?? []), ...(Cmd ?? [])],
    healthCheck: Healthcheck.Test.slice(1),
    environment: Env,
    user: User,
    workingFolder: WorkingDir,
    ports: Object.keys(ExposedPorts),
  }
}

async function inspect(buildah: Buildah, image: string): Promise<Inspected> {
  return JSON.parse(await buildah(["inspect", "--type", "image", image])) as Inspected
}

function sizeOf({ Manifest }: Inspected): number {
  const { layers } = JSON.parse(Manifest) as { layers: readonly { size: number }[] }
  return layers.reduce((sum, { size }) => sum + size, 0)
}
