import { cp, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { CACHE_FOLDER, ISOLATION, type Buildah } from "./buildah.ts"
import { run } from "./command.ts"

/** What the Dockerfile builds on. */
export const BASE_IMAGE = "docker.io/library/node:24-bookworm-slim"

const PULL_LIMIT_MS = 120_000

/** As in the real image: who is 1000, where node and npm are, what starts a command. */
const CONTAINERFILE = `FROM scratch
ADD debian.tar /
RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
COPY --chmod=755 entrypoint.sh /usr/local/bin/docker-entrypoint.sh
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["node"]
`

const ENTRYPOINT = `#!/bin/sh
exec "$@"
`

/** Gets the base image: the real one where it can be pulled, else a stand-in, made once and kept. Says which. */
export async function provideBaseImage(buildah: Buildah): Promise<string> {
  const pulled = await buildah(["pull", "--quiet", "--policy", "always", BASE_IMAGE], {
    limitMs: PULL_LIMIT_MS,
  }).then(
    () => true,
    () => false,
  )
  if (pulled) return "the real one"
  const standIn = `localhost/understudy-stand-in:${process.version}`
  const kept = await buildah(["images", "--quiet", standIn]).catch(() => "")
  if (kept === "") await buildStandIn(buildah, standIn)
  await buildah(["tag", standIn, BASE_IMAGE])
  return `a stand-in, Debian with Node ${process.version} (${kept === "" ? "made" : "kept from before"})`
}

async function buildStandIn(buildah: Buildah, name: string): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), "understudy-base-"))
  try {
    await cp(await debian(), join(context, "debian.tar"))
    await cp(process.execPath, join(context, "node"))
    await cp(await npmFolder(), join(context, "npm"), { recursive: true })
    await writeFile(join(context, "entrypoint.sh"), ENTRYPOINT)
    await writeFile(join(context, "Containerfile"), CONTAINERFILE)
    await buildah(["build-using-dockerfile", ISOLATION, "--quiet", "--tag", name, context])
  } finally {
    await rm(context, { recursive: true, force: true })
  }
}

/** The smallest Debian with apt, as a tar file. */
async function debian(): Promise<string> {
  const file = join(CACHE_FOLDER, "debian.tar")
  const there = await stat(file).catch(() => null)
  if (there !== null) return file
  const unfinished = join(CACHE_FOLDER, `debian-${process.pid}.tar`)
  await run("mmdebstrap", ["--quiet", "--variant=minbase", "bookworm", unfinished])
  await rename(unfinished, file)
  return file
}

/** The npm that runs this script, or the one on the path. */
async function npmFolder(): Promise<string> {
  const { npm_execpath: cli } = process.env
  return cli === undefined ? join(await run("npm", ["root", "--global"]), "npm") : dirname(dirname(cli))
}
