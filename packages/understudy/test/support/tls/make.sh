#!/bin/sh
# Makes the certificates and keys of this folder anew. Needs openssl 3; tests need only what it has made.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# `openssl ca` is the one command of openssl 3.0 that takes both dates.
config() {
  : >"$work/index"
  cat >"$work/ca.cnf" <<CONFIG
[ca]
default_ca = one
[one]
dir = $work
database = $work/index
new_certs_dir = $work
rand_serial = yes
default_md = sha256
unique_subject = no
policy = any
[any]
commonName = supplied
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[local]
subjectAltName = DNS:localhost, IP:127.0.0.1
[elsewhere]
subjectAltName = DNS:db.elsewhere.example
[client]
extendedKeyUsage = clientAuth
CONFIG
}

# request NAME COMMON-NAME: a key and a request for a certificate.
request() {
  openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"
  openssl req -new -key "$1.key" -subj "/CN=$2" -out "$work/$1.csr"
}

# sign NAME EXTENSIONS FIRST-YEAR LAST-YEAR ISSUER...
sign() {
  name=$1 extensions=$2 from=$3 to=$4
  shift 4
  openssl ca -batch -notext -config "$work/ca.cnf" -extensions "$extensions" -in "$work/$name.csr" -out "$name.crt" \
    -startdate "${from}0101000000Z" -enddate "${to}0101000000Z" "$@" 2>"$work/log" || { cat "$work/log"; exit 1; }
}

own() { sign "$1" "$2" 2020 2125 -selfsign -keyfile "$1.key"; }
by_ca() { sign "$1" "$2" "$3" "$4" -cert ca.crt -keyfile ca.key; }

config
request ca "Understudy test CA" && own ca authority
request other-ca "Another test CA" && own other-ca authority
request server localhost && by_ca server local 2020 2125
request wrong-host db.elsewhere.example && by_ca wrong-host elsewhere 2020 2125
request expired localhost && by_ca expired local 2020 2021
request self-signed localhost && own self-signed local
request client app && by_ca client client 2020 2125
request stranger app && sign stranger client 2020 2125 -cert other-ca.crt -keyfile other-ca.key
openssl pkcs8 -topk8 -in client.key -passout pass:test-passphrase -out client-encrypted.key
rm ca.key other-ca.key
