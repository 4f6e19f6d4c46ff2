import type { FindingEntry } from "./entry.ts"

/** The codes of findings about TLS to the primary. */
export type TlsFindingCode =
  | "tls.mode-unknown"
  | "tls.file-unusable"
  | "tls.refused-by-server"
  | "tls.required-by-server"
  | "tls.handshake-failed"
  | "tls.authority-unknown"
  | "tls.name-mismatch"
  | "tls.certificate-expired"
  | "tls.certificate-refused"
  | "tls.client-certificate-required"
  | "tls.client-certificate-refused"
  | "tls.not-verified"

/** How TLS stands with the primary. Each error keeps it from serving, and is also a reason code of the state `fallback`. */
export const TLS_FINDINGS: Readonly<Record<TlsFindingCode, FindingEntry>> = {
  "tls.mode-unknown": {
    severity: "error",
    title: "The URL asks for a TLS mode that PostgreSQL does not know.",
    message:
      "PostgreSQL at {endpoint} is not dialled: {detail} is no mode of TLS, and any guess might verify less.",
    remedy: "Use sslmode=require to encrypt, or sslmode=verify-full to verify the server as well.",
  },
  "tls.file-unusable": {
    severity: "error",
    title: "A certificate or key file that the URL names cannot be used.",
    message: "PostgreSQL at {endpoint} is not dialled, since a file for TLS cannot be used: {detail}.",
    remedy:
      "Put the PEM file where the service runs, let the service's user read it, and give its full path. A public authority needs no file: sslrootcert=system.",
  },
  "tls.refused-by-server": {
    severity: "error",
    title: "The PostgreSQL server does not offer TLS, which the URL demands.",
    message: "The server at {endpoint} does not offer TLS, which is required.",
    remedy: "Add sslmode=disable to the URL if the network is private; else switch TLS on at the server.",
  },
  "tls.required-by-server": {
    severity: "error",
    title: "The PostgreSQL server demands TLS, which the URL switches off.",
    message: "The server at {endpoint} demands TLS ({detail}).",
    remedy:
      "Add sslmode=require to the URL. Where the server offers no TLS, its pg_hba.conf lacks a line for this user, database and address.",
  },
  "tls.handshake-failed": {
    severity: "error",
    title: "The TLS handshake with the PostgreSQL server failed.",
    message: "The TLS handshake with {endpoint} failed ({detail}).",
    remedy:
      "Check that the server speaks TLS 1.2 or later, and that nothing between it and the service ends or filters TLS.",
  },
  "tls.authority-unknown": {
    severity: "error",
    title: "The certificate of the PostgreSQL server comes from an authority that is not trusted.",
    message: "The certificate of {endpoint} comes from an authority that is not trusted here ({detail}).",
    remedy:
      "Download the CA certificate of the provider, and add sslrootcert=/path/to/ca.crt to the URL. Or use sslmode=require without sslrootcert, which encrypts and verifies nothing.",
  },
  "tls.name-mismatch": {
    severity: "error",
    title: "The certificate of the PostgreSQL server is made out to another name.",
    message: "The certificate of {endpoint} is made out to another name ({detail}).",
    remedy:
      "Put a name that the certificate holds into the URL, or use sslmode=verify-ca with sslrootcert, which verifies the authority and not the name.",
  },
  "tls.certificate-expired": {
    severity: "error",
    title: "The certificate of the PostgreSQL server has expired, or is not valid yet.",
    message: "The certificate of {endpoint} is not valid at this time ({detail}).",
    remedy:
      "Renew the server's certificate, and check this machine's clock. Until then, sslmode=require without sslrootcert encrypts and verifies nothing.",
  },
  "tls.certificate-refused": {
    severity: "error",
    title: "The certificate of the PostgreSQL server was refused.",
    message: "The certificate of {endpoint} was refused ({detail}).",
    remedy:
      "Give the server a certificate that OpenSSL takes; sslmode=require without sslrootcert encrypts and verifies nothing.",
  },
  "tls.client-certificate-required": {
    severity: "error",
    title: "The PostgreSQL server demands a client certificate.",
    message: "The server at {endpoint} demands a client certificate ({detail}).",
    remedy:
      "Add sslcert=/path/to/client.crt&sslkey=/path/to/client.key to the URL, as the provider gives them.",
  },
  "tls.client-certificate-refused": {
    severity: "error",
    title: "The PostgreSQL server refused the client certificate.",
    message: "The server at {endpoint} refused the client certificate of sslcert ({detail}).",
    remedy:
      "Use a certificate that an authority of the server has signed, that has not expired, and whose common name is the URL's user.",
  },
  "tls.not-verified": {
    severity: "warning",
    title:
      "The connection to PostgreSQL is not encrypted, though the URL names an authority to verify the server.",
    message:
      "PostgreSQL at {endpoint} is used without TLS, and nobody vouches for it: sslmode prefer goes on where TLS is not to be had or does not verify, even with sslrootcert.",
    remedy:
      "Add sslmode=verify-full to the URL: then nothing goes without TLS, and only a server that the authority of sslrootcert vouches for is used.",
  },
}
