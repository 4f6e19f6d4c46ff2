import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { startFaultProxy, type FaultProxy, type PostgresServer } from "../testing/index.ts"
import { BackendProcess } from "./backend-process.ts"
import type { History } from "./history.ts"

/** An instance has entered a state, at this time of the history. Milliseconds. */
export interface Entered {
  readonly atMs: number
  readonly state: string
}

/** An instance, as far as figures are read from it. */
export interface Watched {
  readonly name: string
  readonly states: readonly Entered[]
}

/** Transactions that an instance has handed back, at this time of the history. */
export interface HandedBackAt {
  readonly atMs: number
  readonly transactions: number
  readonly changes: number
  readonly parked: number
}

/** How an instance is, and where it tells what happens to it. */
export interface InstanceOptions {
  /** Connections to the primary at most. */
  readonly poolMax: number
  readonly history: History
  tell(event: string): void
}

/** One of the backends on the primary: its process, its own way to the primary and its own fallback. */
export class Instance implements Watched, AsyncDisposable {
  readonly name: string
  readonly folder: string
  readonly proxy: FaultProxy
  readonly backend: BackendProcess
  readonly states: Entered[] = []
  readonly handedBack: HandedBackAt[] = []

  private constructor(
    name: string,
    folder: string,
    proxy: FaultProxy,
    url: string,
    { poolMax, history, tell }: InstanceOptions,
  ) {
    this.name = name
    this.folder = folder
    this.proxy = proxy
    this.backend = new BackendProcess(
      { url: proxy.url(url), folder, poolMax },
      {
        state: ({ state, reason, atMs }) => {
          this.states.push({ atMs: history.at(atMs), state })
          tell(`${name} is ${state} (${reason})`)
        },
        handedBack: ({ transactions, changes, parked }) => {
          this.handedBack.push({ atMs: history.now(), transactions, changes, parked })
          tell(
            `${name} has handed back ${transactions} transactions, ${changes} row changes; ${parked} parked`,
          )
        },
      },
    )
  }

  /** Starts one, in a folder of its own below this one. */
  static async start(
    name: string,
    ground: string,
    server: PostgresServer,
    options: InstanceOptions,
  ): Promise<Instance> {
    const folder = join(ground, name)
    await mkdir(folder)
    const proxy = await startFaultProxy({ target: { host: "127.0.0.1", port: server.port } })
    const instance = new Instance(name, folder, proxy, server.url, options)
    try {
      await instance.backend.launch()
      return instance
    } catch (error) {
      await instance[Symbol.asyncDispose]()
      throw error
    }
  }

  /** The file of its fallback. */
  get file(): string {
    return join(this.folder, "fallback.sqlite")
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.backend[Symbol.asyncDispose]()
    await this.proxy[Symbol.asyncDispose]()
  }
}
