import { existsSync } from "node:fs"
import { run, succeeds } from "./command.ts"

/** What is used, and the Debian package that brings it. */
const PROGRAMS: Readonly<Record<string, string>> = {
  buildah: "buildah",
  mmdebstrap: "mmdebstrap",
  ip: "iproute2",
  unshare: "util-linux",
  nsenter: "util-linux",
  setpriv: "util-linux",
}

/** This machine cannot do it; the message says why. */
export class CannotRunHere extends Error {
  override readonly name = "CannotRunHere"
}

/**
 * Makes sure of the right machine and of the programs, which it installs where they are missing.
 * @throws CannotRunHere
 */
export async function meetRequirements(): Promise<string> {
  if (process.platform !== "linux") throw new CannotRunHere("images are built and started on Linux only")
  if (process.getuid?.() !== 0) throw new CannotRunHere("it takes root to mount and to make namespaces")
  if (!process.version.startsWith("v24.")) {
    throw new CannotRunHere(`it takes the Node of the workspace, not ${process.version}: npm run image`)
  }
  const missing: string[] = []
  for (const [program, name] of Object.entries(PROGRAMS)) {
    if (!(await succeeds("which", [program]))) missing.push(name)
  }
  if (missing.length > 0) await install([...new Set(missing)])
  const namespaces = ["--mount", "--pid", "--net", "--fork", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
  if (!(await succeeds("unshare", namespaces))) throw new CannotRunHere("this sandbox allows no namespaces")
  return missing.length === 0 ? "all there" : `installed ${missing.join(", ")}`
}

async function install(packages: readonly string[]): Promise<void> {
  if (!existsSync("/usr/bin/apt-get")) {
    throw new CannotRunHere(`missing, and not to be had without apt-get: ${packages.join(", ")}`)
  }
  const environment = ["DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "--yes"]
  try {
    await run("env", [...environment, "update"])
    await run("env", [...environment, "--no-install-recommends", "install", ...packages])
  } catch (error) {
    throw new CannotRunHere(`${packages.join(", ")} cannot be installed: ${(error as Error).message}`)
  }
}
