import { createPrivateKey, X509Certificate } from "node:crypto"
import { readFile, stat } from "node:fs/promises"

/** A parameter of the URL that names a file for TLS. */
type FileParameter = "sslrootcert" | "sslcert" | "sslkey"

/** More than every authority of a system together. */
const LARGEST_FILE_BYTES = 4 * 1024 * 1024

const CERTIFICATES = /-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----[^-]+-----END \1?CERTIFICATE-----/g

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EACCES: "this process may not read it",
  EPERM: "this process may not read it",
}

/** A file that the URL names for TLS is missing, or is not what it should be. */
export class TlsFileError extends Error {
  override readonly name = "TlsFileError"

  constructor(parameter: FileParameter, path: string, problem: string, cause?: unknown) {
    super(`${parameter}=${path}: ${problem}`, { cause })
  }
}

/** Only a regular file is opened: reading a pipe or a device might never end. */
async function read(parameter: FileParameter, path: string, signal: AbortSignal): Promise<string> {
  try {
    const found = await stat(path)
    if (!found.isFile()) throw new TlsFileError(parameter, path, "it is not a regular file")
    if (found.size > LARGEST_FILE_BYTES) throw new TlsFileError(parameter, path, "it is too large")
    return await readFile(path, { encoding: "utf8", signal })
  } catch (error) {
    if (error instanceof TlsFileError || signal.aborted) throw error
    const code = String((error as NodeJS.ErrnoException).code)
    throw new TlsFileError(parameter, path, PROBLEMS[code] ?? `it cannot be read (${code})`, error)
  }
}

/** Certificates are looked at one by one: OpenSSL passes over what it does not understand, and then trusts nobody. */
export async function readCertificates(
  parameter: FileParameter,
  path: string,
  signal: AbortSignal,
): Promise<string> {
  const text = await read(parameter, path, signal)
  const certificates = text.match(CERTIFICATES)
  if (certificates === null) throw new TlsFileError(parameter, path, "it holds no PEM certificate")
  try {
    certificates.map((certificate) => new X509Certificate(certificate))
  } catch (error) {
    throw new TlsFileError(parameter, path, "it holds a damaged certificate", error)
  }
  return text
}

/** A private key that its password opens. */
export async function readKey(
  path: string,
  passphrase: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const key = await read("sslkey", path, signal)
  const isEncrypted = /ENCRYPTED/.test(key)
  if (isEncrypted && passphrase === undefined) {
    throw new TlsFileError("sslkey", path, "it is encrypted, and there is no sslpassword")
  }
  try {
    createPrivateKey({ key, passphrase })
  } catch (error) {
    const problem = isEncrypted ? "sslpassword does not open it" : "it holds no PEM private key"
    throw new TlsFileError("sslkey", path, problem, error)
  }
  return key
}
