#!/bin/sh
# Builds lines.wasm, or another job in C, with the first compiler that can: clang with wasi-libc
# (Debian: apt-get install clang lld wasi-libc libclang-rt-dev-wasm32), a zig on
# the path, or zig from PyPI (pip install ziglang).
#
#   ./build.sh [OUTPUT.wasm [SOURCE.c]]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
output=${1:-$here/lines.wasm}
source=${2:-$here/lines.c}
flags="-O2 -g -Wall -Wextra -Werror -mexec-model=reactor -Wl,-z,stack-size=65536 -I $here/../../guest-sdk/include"

works() { # COMPILER…: whether it makes modules for WASI
    echo 'int main(void) { return 0; }' | "$@" -x c - -o /dev/null 2>/dev/null
}

if [ -n "${WASI_CC:-}" ]; then
    set -- $WASI_CC
elif works clang --target=wasm32-wasi; then
    set -- clang --target=wasm32-wasi
elif works zig cc -target wasm32-wasi; then
    set -- zig cc -target wasm32-wasi
elif works python3 -m ziglang cc -target wasm32-wasi; then
    set -- python3 -m ziglang cc -target wasm32-wasi
else
    echo "no C compiler here makes WebAssembly with WASI; install one of" >&2
    echo "  apt-get install clang lld wasi-libc libclang-rt-dev-wasm32" >&2
    echo "  pip install ziglang" >&2
    exit 1
fi

# Unquoted: flags are several words.
exec "$@" $flags -o "$output" "$source"
