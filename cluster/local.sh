#!/usr/bin/env bash
# Runs three nodes, PostgreSQL and Kafka on this machine, without Docker: requires only a JDK and Maven. Prints example
# requests. Ctrl-C stops everything; the data stays in data/cluster.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec mvn -q -DskipTests package exec:java -Dexec.mainClass=io.variate.dev.DevCluster
