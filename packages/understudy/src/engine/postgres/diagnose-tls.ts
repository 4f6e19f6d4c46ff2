import type { PeerCertificate } from "node:tls"
import type { TlsFindingCode } from "../../errors/findings/tls-findings.ts"
import { TlsFileError } from "./tls-files.ts"
import { codeOf, isTlsDemand, isTlsRefusal, TlsHandshakeError } from "./tls-failure.ts"
import { UnknownSslModeError } from "./tls-mode.ts"

/** What OpenSSL and Node call it when a certificate does not pass. */
const BY_CODE: readonly (readonly [RegExp, TlsFindingCode])[] = [
  [/^(ERR_TLS_CERT_ALTNAME_\w+|HOSTNAME_MISMATCH)$/, "tls.name-mismatch"],
  [/^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/, "tls.certificate-expired"],
  [
    /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE)$/,
    "tls.authority-unknown",
  ],
  [/^(CERT_|INVALID_(CA|PURPOSE)|PATH_LENGTH_EXCEEDED)/, "tls.certificate-refused"],
  // An alert comes from the server, and is about what it was given.
  [/^ERR_SSL_\w*ALERT_\w*(CERTIFICATE|UNKNOWN_CA)/, "tls.client-certificate-refused"],
  [/^ERR_(SSL|TLS)_/, "tls.handshake-failed"],
]

/** What the server says of a client's certificate. */
const BY_TEXT: readonly (readonly [RegExp, TlsFindingCode])[] = [
  [/requires a valid client certificate/, "tls.client-certificate-required"],
  [/certificate authentication failed/, "tls.client-certificate-refused"],
]

/** A finding's code for what was wrong with TLS; null where it was something else. */
export function diagnoseTls(error: Error): TlsFindingCode | null {
  if (error instanceof UnknownSslModeError) return "tls.mode-unknown"
  if (error instanceof TlsFileError) return "tls.file-unusable"
  if (isTlsRefusal(error)) return "tls.refused-by-server"
  // The server tells what it wants under the code of a refused login.
  if (isTlsDemand(error)) return "tls.required-by-server"
  const code = codeOf(error) ?? ""
  const byCode = BY_CODE.find(([pattern]) => pattern.test(code))
  return (byCode ?? BY_TEXT.find(([pattern]) => pattern.test(error.message)))?.[1] ?? null
}

/** The names that a certificate holds instead of the host's; null where that is not what was wrong. */
export function namesInstead(error: Error): string | null {
  if (diagnoseTls(error) !== "tls.name-mismatch") return null
  const { cert } = (error instanceof TlsHandshakeError ? error.cause : error) as { cert?: PeerCertificate }
  const names = cert?.subjectaltname ?? cert?.subject.CN
  return names === undefined ? "it holds no name" : `it holds ${String(names)}`
}
