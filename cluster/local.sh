#!/usr/bin/env bash
# Three nodes, PostgreSQL and Kafka on this machine, without Docker: a JDK and Maven are all it takes. Prints what to ask;
# Ctrl-C ends everything, and the data stays in data/cluster.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec mvn -q -DskipTests package exec:java -Dexec.mainClass=io.variate.dev.DevCluster
