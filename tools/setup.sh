#!/bin/sh
# Makes the environment named by the first argument, with everything pinned in requirements/dev.txt and an editable
# instep. Says what to install where Python, venv or ensurepip is missing. An environment that works is kept and only
# brought up to date.
set -eu
cd "$(dirname "$0")/.."
venv=${1:-.venv}

say() { printf '%s\n' "$*"; }
stop() { printf 'make setup: %s\n' "$*" >&2; exit 1; }

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
makes_venvs() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }
version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])'; }

system_is() { # system_is NAME... : by the identifiers in os-release, its own and those of its family
    for name in "$@"; do
        case " $(. /etc/os-release 2>/dev/null && printf '%s %s' "${ID:-}" "${ID_LIKE:-}") " in *" $name "*) return 0 ;; esac
    done
    return 1
}

how_to_get_python() {
    if system_is debian ubuntu; then echo "sudo apt install python3 python3-venv (or python3.11 and python3.11-venv where python3 is older)"
    elif system_is fedora rhel centos; then echo "sudo dnf install python3.12 (or newer)"
    elif system_is suse opensuse; then echo "sudo zypper install python312 python312-pip"
    elif system_is arch; then echo "sudo pacman -S python"
    elif system_is alpine; then echo "apk add python3 py3-pip"
    elif [ "$(uname)" = Darwin ]; then echo "brew install python@3.13 (or the installer from python.org)"
    else echo "Python 3.11 or newer with its venv and ensurepip modules, from your system's packages or python.org"
    fi
}

how_to_get_venv() { # how_to_get_venv PYTHON
    if system_is debian ubuntu; then echo "sudo apt install python$(version_of "$1")-venv"
    elif system_is suse opensuse; then echo "sudo zypper install python$(version_of "$1" | tr -d .)-pip"
    elif system_is alpine; then echo "apk add py3-pip"
    else echo "the package of your system that holds Python's venv and ensurepip modules"
    fi
}

choose_python() { # sets python: the first that can make an environment, or says what is missing
    python='' without=''
    for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do
        new_enough "$candidate" || continue
        if makes_venvs "$candidate"; then python=$candidate; return; fi
        without=${without:-$candidate}
    done
    [ -z "$without" ] || stop "$without cannot make environments: its venv or ensurepip module is missing.
Install it and try again:  $(how_to_get_venv "$without")"
    [ -z "${PYTHON:-}" ] || stop "$PYTHON is no Python 3.11 or newer."
    stop "no Python 3.11 or newer was found.
Install it and try again:  $(how_to_get_python)
or name one that is not on the PATH:  make setup PYTHON=/path/to/python3"
}

works() { new_enough "$1/bin/python" && "$1/bin/python" -I -m pip --version >/dev/null 2>&1 && "$1/bin/pip" --version >/dev/null 2>&1; }

if ! works "$venv"; then
    choose_python
    say "Making $venv with Python $(version_of "$python") ..."
    "$python" -m venv --clear "$venv" ||
        stop "making $venv failed (see above). Often this helps:  $(how_to_get_venv "$python")"
fi

# An environment is its own place: settings that send packages elsewhere do not hold here. Where they come from
# stays the choice of the person's pip configuration.
unset PIP_TARGET PIP_PREFIX PIP_ROOT PIP_REQUIRE_HASHES PIP_NO_DEPS
export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

count=$(grep -c '^[A-Za-z0-9]' requirements/dev.txt)
say "Installing up to $count pinned packages (a minute or two the first time) ..."
"$venv/bin/python" -I -m pip install -qq --require-hashes -r requirements/dev.txt ||
    stop "the packages could not be installed (see above). Is the network there, and pip's index, proxy or certificate set?"
"$venv/bin/python" -I -m pip install -qq --no-deps --no-build-isolation --editable . ||
    stop "instep itself could not be installed into $venv (see above)."
say "Ready: $("$venv/bin/python" -I -c 'import instep; print("instep", instep.__version__)') in $venv. Next: make demo"
