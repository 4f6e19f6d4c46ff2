import { isIP } from "node:net"
import {
  checkServerIdentity,
  createSecureContext,
  getCACertificates,
  type ConnectionOptions,
  type SecureContextOptions,
} from "node:tls"
import { readCertificates, readKey, TlsFileError } from "./tls-files.ts"
import { SYSTEM_STORE, type SslMode } from "./tls-mode.ts"

type Params = Readonly<Record<string, string>>

/** The parameter's value; an empty one is none. */
function given(params: Params, name: string): string | undefined {
  const value = params[name]
  return value === "" ? undefined : value
}

/** The machine's own authorities, or where it has none, as slim images have not, those that Node brings along. */
function systemAuthorities(): string[] {
  const system = new Set(getCACertificates("system"))
  return system.size > 0 ? [...system] : getCACertificates("default")
}

async function authorities(root: string, signal: AbortSignal): Promise<string | string[]> {
  return root === SYSTEM_STORE ? systemAuthorities() : readCertificates("sslrootcert", root, signal)
}

async function clientCertificate(params: Params, signal: AbortSignal): Promise<SecureContextOptions> {
  const certFile = given(params, "sslcert")
  if (certFile === undefined) return {}
  const cert = await readCertificates("sslcert", certFile, signal)
  const keyFile = given(params, "sslkey")
  if (keyFile === undefined) throw new TlsFileError("sslcert", certFile, "its key is not named by sslkey")
  const passphrase = given(params, "sslpassword")
  const key = await readKey(keyFile, passphrase, signal)
  try {
    createSecureContext({ cert, key, ...(passphrase === undefined ? {} : { passphrase }) })
  } catch (error) {
    const { code } = error as { code?: unknown }
    if (code === "ERR_OSSL_X509_KEY_VALUES_MISMATCH") {
      throw new TlsFileError("sslkey", keyFile, "it is not the key of the certificate in sslcert", error)
    }
    throw new TlsFileError("sslcert", certFile, `OpenSSL does not take it (${String(code)})`, error)
  }
  return { cert, key, ...(passphrase === undefined ? {} : { passphrase }) }
}

/** TLS options for any host of a URL. */
export type TlsOptionsFor = (mode: SslMode, host: string) => ConnectionOptions

/**
 * Reads the files that a URL names, once for all its hosts. What comes of them is what libpq means: `prefer` and
 * `require` encrypt and verify nothing, unless `sslrootcert` is given, when they verify the authority; `verify-ca`
 * always does, and `verify-full` the name as well. Without `sslrootcert` they trust whom Node trusts.
 * @throws TlsFileError
 */
export async function loadTls(params: Params, signal: AbortSignal): Promise<TlsOptionsFor> {
  const root = given(params, "sslrootcert")
  // Made once: it holds the key, which then shows in no dump of a client.
  const secureContext = createSecureContext({
    ...(root === undefined ? {} : { ca: await authorities(root, signal) }),
    ...(await clientCertificate(params, signal)),
  })
  return (mode, host) => ({
    secureContext,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    rejectUnauthorized: mode.startsWith("verify-") || root !== undefined,
    checkServerIdentity: mode === "verify-full" ? checkServerIdentity : () => undefined,
  })
}
