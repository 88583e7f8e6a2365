"""The house's own rules: what must hold for every file, whatever it is about."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import instep
from file_length import project_files, too_long

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "instep"
TEXT_SUFFIXES = {".py", ".sh", ".md", ".toml", ".txt", ".html", ".css", ".js", ".json", ".cfg", ".ini", ".mako", ""}
PYTHON_FILES = sorted(SOURCE.rglob("*.py"))
# Modules with which a function could do more, or something else tomorrow, than its arguments say.
WORLD = re.compile(
    r"(asyncio|concurrent|ctypes|getpass|glob|http|io|logging|multiprocessing|os|pathlib|random|secrets|select|shutil"
    r"|signal|socket|sqlite3|subprocess|sys|tempfile|threading|time|urllib\.request|uuid)(\.|$)"
)
PURE_LAYERS = ("core", "codecs")


def _written() -> list[Path]:
    pinned = sorted((ROOT / "requirements").glob("*.txt"))
    return [p for p in (*project_files(ROOT), *pinned) if p.suffix in TEXT_SUFFIXES and p.name != "uv.lock"]


def _imports(path: Path) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                found += [(node.lineno, alias.name) for alias in names]
            case ast.ImportFrom(module=str(module), level=0):
                found.append((node.lineno, module))
    return found


def _places(pattern: str, paths: list[Path]) -> list[str]:
    """Each line that the pattern matches; this file is left out, as it has to spell what it forbids."""
    wanted = re.compile(pattern)
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path in paths
        if path != Path(__file__).resolve()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if wanted.search(line)
    ]


def _pinned(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", text, re.MULTILINE))


def test_every_source_file_fits_in_a_head() -> None:
    assert too_long(ROOT) == []


FORBIDDEN = [
    ("an address of a package index", r"pypi\.org/simple|files\.pythonhosted|(extra-)?index" r"-url|find" r"-links"),
    ("a place on somebody's machine", r"(?<![\w.])/(root|work|home/\w+|Users/\w+)/"),
    ("work that is left open", r"\b(TODO|FIXME|XXX|HACK)\b"),
    ("a secret in a URL", r"https?://[^\s/@\"'{}<>\[\]]+:[^\s/@\"'{}<>\[\]]+@"),
]


@pytest.mark.parametrize(("what", "pattern"), FORBIDDEN, ids=[what for what, _ in FORBIDDEN])
def test_no_file_holds(what: str, pattern: str) -> None:
    exempt = {"a secret in a URL": "tests", "a place on somebody's machine": "tests"}.get(what, "-")
    paths = [p for p in _written() if p.relative_to(ROOT).parts[0] != exempt]
    assert _places(pattern, paths) == [], f"{what} does not belong in the project"


def test_no_lock_file_that_names_an_index_is_tracked() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    tracked = subprocess.run(["git", "ls-files", "uv.lock"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert tracked.stdout == ""


def test_no_module_or_class_is_named_after_nothing() -> None:
    modules = [p for p in PYTHON_FILES if re.fullmatch(r"(utils?|helpers?|common|misc)\.py", p.name)]
    classes = _places(r"^\s*class \w*(Manager|Handler|Processor|Helper|Utils?)\b", PYTHON_FILES)
    assert (modules, classes) == ([], [])


def test_the_core_imports_only_itself_and_pure_parts_of_the_standard_library() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in [*sorted((SOURCE / "core").rglob("*.py")), SOURCE / "errors.py"]
        for line, name in _imports(path)
        if (top := name.split(".")[0]) != "instep" and (top not in sys.stdlib_module_names or WORLD.match(name))
    ]
    assert wrong == []


def test_codecs_do_no_input_or_output() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in sorted((SOURCE / "codecs").rglob("*.py"))
        for line, name in _imports(path)
        if WORLD.match(name) and name != "io"  # a buffer in memory
    ]
    assert wrong == []


def test_pure_layers_never_look_at_the_clock() -> None:
    paths = [path for layer in PURE_LAYERS for path in sorted((SOURCE / layer).rglob("*.py"))]
    assert _places(r"\.(now|today|utcnow)\(|\bopen\(|\bprint\(", paths) == []


def test_layers_hold() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pages = "".join(p.read_text(encoding="utf-8") for p in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
    wheels = set(re.findall(r"instep-([0-9.]+\w*)-py3", pages))
    assert {project["version"], *wheels} == {instep.__version__}


def test_the_desktop_installation_stays_at_40_distributions_or_fewer() -> None:
    # Every platform's packages count together here, so what one person installs is less; instep itself is one.
    assert len(_pinned("runtime.txt")) + 1 <= 40


def test_the_desktop_installation_stays_under_100_megabytes() -> None:
    installed = [
        distribution
        for distribution in importlib.metadata.distributions()
        if distribution.name.lower().replace(".", "-").replace("_", "-") in {"instep", *_pinned("runtime.txt")}
    ]
    paths = {Path(str(file.locate())) for distribution in installed for file in distribution.files or ()}
    if len(installed) < 25:
        pytest.skip("the pinned packages are not installed here")
    assert sum(path.stat().st_size for path in paths if path.is_file()) < 100_000_000


def test_each_set_of_pinned_packages_contains_the_smaller_one() -> None:
    runtime, demo, everything = (_pinned(name) for name in ("runtime.txt", "demo.txt", "dev.txt"))
    assert runtime.items() <= demo.items() <= everything.items()


def test_every_direct_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    dev = [entry for entry in project["dependency-groups"]["dev"] if isinstance(entry, str)]
    wanted = {
        "runtime.txt": project["project"]["dependencies"],
        "demo.txt": project["project"]["optional-dependencies"]["demo"],
        "dev.txt": dev + project["dependency-groups"]["build"],
    }
    missing = [
        (name, entry)
        for name, entries in wanted.items()
        for entry in entries
        if re.split(r"[\s<>=!;\[~]", entry)[0].lower() not in _pinned(name)
    ]
    assert missing == []


def test_every_pinned_package_has_hashes() -> None:
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        entries = re.split(r"^(?=[A-Za-z0-9])", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
        assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == [], path.name


HEAVY = ("alembic", "cryptography", "keyring", "rich.table", "lxml", "sqlalchemy")


def test_starting_up_imports_no_heavy_part() -> None:
    if not (SOURCE / "cli" / "main.py").exists():
        pytest.skip("there is no command line yet")
    script = f"import instep.cli.main, sys; print(*[m for m in {HEAVY!r} if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.split() == []
