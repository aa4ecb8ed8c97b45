"""Which base an image gets, with a program that answers as an engine would. Needs no engine."""

from pathlib import Path

import pytest

from container import base, engine
from container.engine import Engine, EngineError

UNREACHABLE = 'pinging container registry: Get "https://registry.example/v2/": no such host'
REFUSED = "reading manifest 4.1.0 in airbyte/python-connector-base: manifest unknown"
DEBIAN = {
    "ID": "debian",
    "VERSION_ID": "12",
    "VERSION_CODENAME": "bookworm",
    "PRETTY_NAME": "Debian 12",
}


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
    assert found.image == base.wanted()
    assert "STAND-IN" not in found.note


def test_a_stand_in_says_so_and_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "_release", lambda: DEBIAN)
    found = base.obtain(talking(tmp_path, "stand-in", UNREACHABLE))
    assert found.note == "a STAND-IN for Airbyte's base, made from Debian 12"
    assert "stand-in" in found.image
    assert f"No image registry can be reached: {UNREACHABLE}" in capsys.readouterr().err


def test_a_registry_s_no_is_no_reason_for_a_stand_in(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="does not give out"):
        base.obtain(talking(tmp_path, "stand-in", REFUSED))


def test_an_engine_that_is_missing_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_given, **_named: None)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(EngineError, match=r"podman, runc can't be installed .* install Docker"):
        engine.find()


def test_what_an_engine_s_environment_holds_is_not_shown() -> None:
    assert "value" not in repr(Engine("engine", {"SOME_TOKEN": "value"}, ()))
