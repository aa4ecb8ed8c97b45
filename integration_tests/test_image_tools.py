"""The image's tools, with a program that answers as an engine would. Needs no engine."""

import shutil
from pathlib import Path

import pytest

from container import base, build, engine
from container.engine import Engine, EngineError

pytestmark = pytest.mark.usefixtures("plain_git")


UNREACHABLE = 'pinging container registry: Get "https://registry.example/v2/": no such host'
REFUSED = "reading manifest 4.1.0 in airbyte/python-connector-base: manifest unknown"


def talking(folder: Path, has: str, problem: str = "") -> Engine:
    """An engine that has the images whose names hold `has`, and whose pull fails with a problem."""
    program = folder / "engine"
    program.write_text(
        "#!/bin/sh\n"
        f'case "$1 $*" in "image "*{has}*) exit 0 ;; "image "*) exit 1 ;; esac\n'
        f"printf '%s\\n' 'Trying to pull' '{problem}' >&2\n"
        f"test -z '{problem}'\n",
        "utf-8",
    )
    program.chmod(0o755)
    return Engine(str(program))


def test_the_pinned_base_is_one_of_airbyte_s_by_digest() -> None:
    name, _, digest = base.wanted().partition("@")
    assert name == "docker.io/airbyte/python-connector-base:4.1.0"
    assert digest.startswith("sha256:")
    assert len(digest) == 71


@pytest.mark.parametrize("has", ["sha256", "nothing-yet"], ids=["there already", "to be pulled"])
def test_the_real_base_is_taken_where_it_can_be_had(tmp_path: Path, has: str) -> None:
    found = base.obtain(talking(tmp_path, has))
    assert found.name == base.wanted()
    assert "STAND-IN" not in found.note


def test_a_stand_in_says_so_and_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = base.obtain(talking(tmp_path, "stand-in", UNREACHABLE))
    assert found.note == "a STAND-IN for Airbyte's base, made from Debian 13 packages"
    assert "stand-in" in found.name
    assert f"No image registry can be reached: {UNREACHABLE}" in capsys.readouterr().err


def test_a_registry_s_no_is_no_reason_for_a_stand_in(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="does not give out"):
        base.obtain(talking(tmp_path, "stand-in", REFUSED))


def test_an_engine_that_is_missing_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_given, **_named: None)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(EngineError, match=r"podman can't be installed .* install Docker"):
        engine.find()


def test_the_engine_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTAINER_ENGINE", "lxc")
    with pytest.raises(EngineError, match="must be docker or podman, not lxc"):
        engine.find()
    monkeypatch.setenv("CONTAINER_ENGINE", "docker")
    monkeypatch.setattr("shutil.which", lambda *_given, **_named: None)
    with pytest.raises(EngineError, match="No Docker daemon answers"):
        engine.find()


def test_what_our_own_environment_holds_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "value")
    assert Engine("engine").environment["SOME_TOKEN"] == "value"
    assert "value" not in repr(Engine("engine"))


def test_the_line_to_try_an_image_sets_what_the_engine_needs() -> None:
    needy = Engine("podman", {"CONTAINERS_CONF": "/a b/conf"}, run_options=("--network", "host"))
    assert build.check_line(needy, "image:1") == (
        "CONTAINERS_CONF='/a b/conf' podman run --rm --network host "
        '-v "$PWD:/config:ro" image:1 check --config /config/config.json'
    )
    assert build.check_line(Engine("docker"), "image:1") == (
        'docker run --rm -v "$PWD:/config:ro" image:1 check --config /config/config.json'
    )


# What an image is made from.


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one commit, of what a Dockerfile may read and one thing that it may not."""
    (tmp_path / ".dockerignore").write_text("*\n!main.py\n!package\n", "utf-8")
    for name in ("Dockerfile", "main.py", "notes.md"):
        (tmp_path / name).write_text("", "utf-8")
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "x"]):
        assert build.git(tmp_path, *command) is not None
    return tmp_path


def test_an_image_names_the_commit_it_was_made_from(checkout: Path) -> None:
    commit = build.clean_commit(checkout)
    assert commit is not None
    assert commit.hash == build.git(checkout, "rev-parse", "HEAD")
    assert str(commit.seconds) == build.git(checkout, "log", "-1", "--format=%ct")


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("main.py", False),
        ("package/new.py", False),
        ("package/ignored.py", False),
        ("package/my__pycache__.py", False),
        ("package/__pycache__/new.pyc", True),
        ("notes.md", True),
        ("config.json", True),
    ],
)
def test_only_changes_of_what_is_in_the_image_count(checkout: Path, name: str, named: bool) -> None:
    (checkout / ".gitignore").write_text("ignored.py\n__pycache__/\n", "utf-8")
    (checkout / name).parent.mkdir(parents=True, exist_ok=True)
    (checkout / name).write_text("changed", "utf-8")
    assert (build.clean_commit(checkout) is not None) == named


@pytest.mark.parametrize("changed", [False, True])
def test_an_image_of_a_commit_is_built_from_nothing_else(
    checkout: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    changed: bool,
) -> None:
    """A file that only some engines read, such as a Containerfile, must not decide about it."""
    (checkout / "Containerfile").write_text("FROM another", "utf-8")
    if changed:
        (checkout / "main.py").write_text("changed", "utf-8")
    store = tmp_path_factory.mktemp("store")
    program = store / "engine"
    program.write_text(
        f'#!/bin/sh\n[ "$1" != build ] || for last; do ls "$last" > {store}/context; done\n',
        "utf-8",
    )
    program.chmod(0o755)
    monkeypatch.setattr(build, "STATE", store)
    monkeypatch.setattr(build, "SBOM", store / "sbom")
    monkeypatch.setattr(base, "obtain", lambda _: base.Base("base:1", "a base"))
    commit = build.build(Engine(str(program)), "image:1", root=checkout)
    assert (commit is None) == changed
    assert ("Containerfile" in (store / "context").read_text("utf-8")) == changed


def test_without_a_repository_there_is_no_commit(checkout: Path) -> None:
    shutil.rmtree(checkout / ".git")
    assert build.clean_commit(checkout) is None
