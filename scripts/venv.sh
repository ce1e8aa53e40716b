# Sourced by the scripts beside it: where things are, and how an environment is made and a wheel built for a Python.
# UCODER_VENV and UCODER_BUILD move the two folders that everything is made in.

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
venv=${UCODER_VENV:-$root/.venv}
build=${UCODER_BUILD:-$root/build}
constraints=$root/constraints.txt
jobs=$(nproc 2>/dev/null || echo 2)
export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$jobs} PIP_DISABLE_PIP_VERSION_CHECK=1
export PATH=$venv/bin:$PATH  # cmake and ninja come with the environment

say() { printf '\n== %s\n' "$*"; }
fail() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# Prints "3.12" for a working Python of 3.11 or newer, nothing for anything else (a pyenv shim may exist and not run).
version_of() {
  "$1" -c 'import sys; sys.version_info >= (3, 11) and print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true
}

# Prints a Python of just this version, from PATH or else from pyenv; nothing where the machine has none.
find_python() {
  local candidate
  for candidate in "python$1" python3 "${HOME:-}/.pyenv/versions/$1".*/bin/python; do
    if [ "$(version_of "$candidate")" = "$1" ]; then
      command -v "$candidate"
      return
    fi
  done
}

# Installs Debian packages if this is a machine and a user that can; says nothing about success.
apt_install() {
  local as_root=()
  command -v apt-get >/dev/null || return 0
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || return 0
    as_root=(sudo -n)
  fi
  say "installing $*"
  "${as_root[@]}" apt-get update -q >/dev/null || true
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" >/dev/null || true
}

has_doctest() { [ -e /usr/include/doctest/doctest.h ] || [ -e /usr/local/include/doctest/doctest.h ]; }

has_browser() { command -v chromium >/dev/null && command -v chromedriver >/dev/null; }
# Prints a clang++ that has libFuzzer and the sanitizers' run-time libraries; nothing where there is none.
find_clang() {
  local candidate folder
  for candidate in ${CLANG:-} clang++ clang++-{19,18,17,16,15,14}; do
    command -v "$candidate" >/dev/null || continue
    folder=$("$candidate" -print-runtime-dir 2>/dev/null || true)
    if compgen -G "$folder/libclang_rt.fuzzer*.a" >/dev/null ||
      compgen -G "$("$candidate" -print-resource-dir)/lib/linux/libclang_rt.fuzzer*.a" >/dev/null; then
      command -v "$candidate"
      return
    fi
  done
}

# Sets clang, or ends the script with what is missing.
require_clang() {
  clang=$(find_clang)
  [ -n "$clang" ] || apt_install clang-14 libclang-rt-14-dev
  clang=${clang:-$(find_clang)}
  [ -n "$clang" ] || fail "needs clang with libFuzzer (Debian: apt-get install clang-14 libclang-rt-14-dev)"
}

# make_venv PYTHON FOLDER GROUP...: an environment with the dependency groups of pyproject.toml.
make_venv() {
  local python=$1 folder=$2 groups=()
  shift 2
  if [ ! -x "$folder/bin/python" ]; then
    say "environment $folder ($("$python" --version))"
    "$python" -m venv "$folder" 2>/dev/null || {
      apt_install python3-venv
      rm -rf "$folder"
      "$python" -m venv "$folder"
    }
    "$folder/bin/pip" install -qq --upgrade "pip>=25.1"  # the first that knows dependency groups
  fi
  for group in "$@"; do groups+=(--group "$group"); done
  "$folder/bin/pip" install -qq -c "$constraints" "${groups[@]}"
}

# install_wheel FOLDER SOURCE [EXTRAS]: builds the wheel of SOURCE (this tree or an sdist) for the environment's Python
# and installs it. Without build isolation, so that the paths stay the same and only what changed is compiled again.
install_wheel() {
  local folder=$1 source=$2 extras=${3:-} wheel_dir options=()
  if [ -d "$source" ]; then options=(-C "build-dir=$build/{wheel_tag}"); fi
  wheel_dir=$build/wheels/$("$folder/bin/python" -c 'import sys; print(sys.implementation.cache_tag)')
  rm -rf "$wheel_dir"
  "$folder/bin/pip" wheel -qq --no-build-isolation --no-deps -w "$wheel_dir" "${options[@]}" "$source"
  "$folder/bin/pip" install -qq -c "$constraints" "$(echo "$wheel_dir"/ucoder-*.whl)${extras:+[$extras]}"
  "$folder/bin/pip" install -qq --force-reinstall --no-deps "$wheel_dir"/ucoder-*.whl
}

# install_ucoder FOLDER: this tree's wheel, for an environment beside .venv; the one that scripts/setup built if it fits.
install_ucoder() {
  local folder=$1 wheels
  "$root/scripts/setup"
  if [ "$(version_of "$folder/bin/python")" != "$(version_of "$venv/bin/python")" ]; then
    install_wheel "$folder" "$root"
    return
  fi
  wheels=$build/wheels/$("$folder/bin/python" -c 'import sys; print(sys.implementation.cache_tag)')
  "$folder/bin/pip" install -qq -c "$constraints" "$wheels"/ucoder-*.whl
  "$folder/bin/pip" install -qq --force-reinstall --no-deps "$wheels"/ucoder-*.whl
}
