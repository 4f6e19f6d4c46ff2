import { copyFile, mkdtemp, rm } from "node:fs/promises"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { startFaultProxy, type FaultProxy } from "understudy-db/testing"
import { BackendProcess } from "./backend-process.ts"
import { mirrorFile } from "./open-mirrored.ts"
import { untilUp } from "./until-up.ts"
import { watch, type Watcher } from "./watcher.ts"

/** A backend with all that belongs to it: its file, its way to the primary, and who reads its copy. */
export class MirrorSide implements AsyncDisposable {
  readonly backend: BackendProcess
  readonly proxy: FaultProxy
  readonly file: string
  readonly #earlier: string
  #watcher: Watcher | undefined
  #rounds = 0
  readonly #broken: string[] = []

  private constructor(name: string, folder: string, proxy: FaultProxy, url: string) {
    this.backend = new BackendProcess(name, { url: proxy.url(url), folder })
    this.proxy = proxy
    this.file = mirrorFile(folder)
    this.#earlier = join(folder, "earlier")
  }

  /** Starts the backend on an empty folder; resolves when it has its first copy. */
  static async start(
    name: string,
    ground: string,
    primary: { readonly url: string; readonly port: number },
  ): Promise<MirrorSide> {
    const folder = await mkdtemp(join(ground, `${name}-`))
    const proxy = await startFaultProxy({ target: { host: "127.0.0.1", port: primary.port } })
    const side = new MirrorSide(name, folder, proxy, primary.url)
    await side.backend.launch()
    const late = await untilUp(side, 0)
    if (late !== undefined) throw new Error(late)
    side.watch()
    return side
  }

  get name(): string {
    return this.backend.name
  }

  /** What its readers saw that must not be; and how often they looked. */
  get watched(): { readonly rounds: number; readonly broken: readonly string[] } {
    return { rounds: this.#rounds, broken: this.#broken }
  }

  watch(): void {
    this.#watcher ??= watch(this.file)
  }

  async unwatch(): Promise<void> {
    const watcher = this.#watcher
    this.#watcher = undefined
    if (watcher === undefined) return
    const { rounds, broken } = await watcher.stop()
    this.#rounds += rounds
    this.#broken.push(...broken)
  }

  /** Keeps the file as it is at this moment, in whatever the backend is: what the disk would have after a loss of power. */
  async keepFile(): Promise<void> {
    await this.backend.frozen(async () => {
      for (const part of ["", "-wal"]) {
        await rm(this.#earlier + part, { force: true })
        if (existsSync(this.file + part)) await copyFile(this.file + part, this.#earlier + part)
      }
    })
  }

  /** Ends the backend, and sets its file back to what was kept. Tells whether anything was. */
  async losePower(): Promise<boolean> {
    await this.backend.kill()
    await this.unwatch()
    if (!existsSync(this.#earlier)) return false
    for (const part of ["", "-wal", "-shm"]) await rm(this.file + part, { force: true })
    for (const part of ["", "-wal"])
      if (existsSync(this.#earlier + part)) await copyFile(this.#earlier + part, this.file + part)
    return true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.unwatch()
    await this.backend[Symbol.asyncDispose]()
    await this.proxy[Symbol.asyncDispose]()
  }
}
