#!/usr/bin/env bash
# Makes what secures the event bus (cluster.tls), with openssl: in cluster/tls an authority for this cluster alone, and a
# certificate that it has signed.
#
#   cluster/certificates.sh              of all nodes, in cluster/tls/nodes
#   cluster/certificates.sh my-app       one more, in cluster/tls/my-app, for a Vert.x application that joins
#
# The authority is made once; a name that is there gets a new certificate. Whoever has cluster/tls/authority.key can let
# anybody in: no node needs it, so keep it elsewhere. Certificates are good for ten years.
set -euo pipefail
umask 077
cd "$(dirname "${BASH_SOURCE[0]}")"

name=${1:-nodes}
[[ $name =~ ^[a-z0-9][a-z0-9-]*$ ]] || { echo "a name of small letters, digits and hyphens, please" >&2; exit 2; }
key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
days=3650

mkdir -p tls
new=$(mktemp -d tls/.new.XXXXXX)
trap 'rm -rf "$new"' EXIT

# It says more than it has to, unless something is wrong.
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
# Containers read them as a user of their own. On this machine nobody else does, for only its owner may enter tls.
chmod 755 "$new/made"
chmod 644 "$new"/made/*
rm -rf "tls/$name"
mv "$new/made" "tls/$name"
echo "cluster/tls/$name: $(cd "tls/$name" && echo *)"
