import { chown, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { ServerAccount } from "./postgres-binaries.ts"

/** TLS of a test server. The texts are PEM. */
export interface ServerTls {
  /** The server's certificate, and those between it and its authority. */
  readonly cert: string
  /** The certificate's private key. */
  readonly key: string
  /** The authorities whose client certificates are taken. Default: none are asked for. */
  readonly clientCa?: string
}

/** Who may connect to a test server, and how. */
export interface ServerAccess {
  /** Offer TLS? Default: no. Connections without it are still taken, unless {@link ServerAccess.hba} says otherwise. */
  readonly tls?: ServerTls
  /**
   * The lines of pg_hba.conf for TCP, such as `hostssl all all all scram-sha-256`. Default: everyone, with and without
   * TLS, by password. By the Unix socket everyone gets in by password, whatever stands here.
   */
  readonly hba?: readonly string[]
}

/**
 * Writes into the data folder what {@link ServerAccess} asks for. PostgreSQL takes a key only when it belongs to the
 * server's account and no one else can read it.
 * @returns the settings that go with it.
 */
export async function writeAccess(
  { tls, hba }: ServerAccess,
  data: string,
  account: ServerAccount | undefined,
): Promise<Readonly<Record<string, string>>> {
  const write = async (name: string, text: string): Promise<void> => {
    const file = join(data, name)
    await writeFile(file, text, { mode: 0o600 })
    if (account !== undefined) await chown(file, account.uid, account.gid)
  }
  if (hba !== undefined) {
    await write("pg_hba.conf", ["local all all scram-sha-256", ...hba, ""].join("\n"))
  }
  if (tls === undefined) return {}
  await write("server.crt", tls.cert)
  await write("server.key", tls.key)
  if (tls.clientCa === undefined) return { ssl: "on" }
  await write("clients.crt", tls.clientCa)
  return { ssl: "on", ssl_ca_file: "clients.crt" }
}
