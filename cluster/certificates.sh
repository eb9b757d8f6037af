#!/usr/bin/env bash
# Creates the certificates of the event bus (cluster.tls) with openssl: in cluster/tls an authority for this cluster only,
# and a certificate signed by it.
#
#   cluster/certificates.sh              for all nodes, in cluster/tls/nodes
#   cluster/certificates.sh my-app       for a Vert.x application that joins, in cluster/tls/my-app
#
# The authority is created once; an existing name gets a new certificate. The owner of cluster/tls/authority.key can admit
# any member: no node needs it, so store it elsewhere. Certificates are valid for ten years.
set -euo pipefail
umask 077
cd "$(dirname "${BASH_SOURCE[0]}")"

name=${1:-nodes}
[[ $name =~ ^[a-z0-9][a-z0-9-]*$ ]] || { echo "the name must consist of lower-case letters, digits and hyphens" >&2; exit 2; }
key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
days=3650

mkdir -p tls
new=$(mktemp -d tls/.new.XXXXXX)
trap 'rm -rf "$new"' EXIT

# Prints its output only on failure.
openssl() { command openssl "$@" 2>"$new/log" || { cat "$new/log" >&2; return 1; }; }

if [ ! -e tls/authority.crt ]; then
  openssl req -x509 "${key[@]}" -days $days -subj "/CN=variate authority" -addext keyUsage=critical,keyCertSign \
    -keyout tls/authority.key -out "$new/authority.crt"
  mv "$new/authority.crt" tls/authority.crt
fi
mkdir "$new/made"
openssl req "${key[@]}" -subj "/CN=$name" -keyout "$new/made/tls.key" -out "$new/request"
openssl x509 -req -in "$new/request" -CA tls/authority.crt -CAkey tls/authority.key -set_serial "0x$(openssl rand -hex 16)" \
  -days $days -extfile <(echo extendedKeyUsage=serverAuth,clientAuth) -out "$new/made/tls.crt"
cp tls/authority.crt "$new/made/ca.crt"
# Readable by the user of a container. On this machine other users cannot enter tls, so they stay private.
chmod 755 "$new/made"
chmod 644 "$new"/made/*
rm -rf "tls/$name"
mv "$new/made" "tls/$name"
echo "cluster/tls/$name: $(cd "tls/$name" && echo *)"
