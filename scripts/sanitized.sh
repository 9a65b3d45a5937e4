#!/usr/bin/env bash
# Builds unit tests, fuzzers and daemons with clang, ASan and UBSan into ./build-asan: one build for
# sanitizers and fuzzers, and clang's look at the code besides.
set -euo pipefail
cd "$(dirname "$0")/.."

./scripts/build.sh build-asan '_tests$|_fuzz$|/viaductd$|/viaduct-dataplane$' \
  -DCMAKE_CXX_COMPILER=clang++-14 -DVIADUCT_FUZZERS=ON \
  -DVIADUCT_SANITIZE=address,undefined,fuzzer-no-link \
  -DCMAKE_CXX_FLAGS_RELWITHDEBINFO='-O0 -g1'
