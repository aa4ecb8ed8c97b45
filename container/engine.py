"""The container engine at hand: Docker if its daemon answers, else podman.

`CONTAINER_ENGINE=podman` in the environment asks for podman although Docker answers: only with
podman is an image of a commit the same each time. `find` installs podman where that is possible
(root, apt) and otherwise says what is missing. All options and settings that podman needs are
here, so that builders and tests only say what they want done.
"""

import os
import resource
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

STATE: Final = Path(__file__).resolve().parents[1] / ".image"
_LIMIT_SECONDS: Final = 1800
_CERTIFICATES: Final = Path("/etc/ssl/certs/ca-certificates.crt")
_OPEN_FILES: Final = 4096


class EngineError(Exception):
    """It can't go on; the text is a plain sentence for the reader."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A program that builds and runs images, and what it needs in addition to its arguments."""

    program: str
    settings: Mapping[str, str] = field(default_factory=dict)  # variables, on top of our own
    build_options: tuple[str, ...] = ()
    run_options: tuple[str, ...] = ()

    @property
    def environment(self) -> dict[str, str]:
        """The variables it runs with."""
        return {**os.environ, **self.settings}

    @property
    def is_podman(self) -> bool:
        """Whether podman's own options may be used."""
        return Path(self.program).name == "podman"

    def shell_line(self, *arguments: str) -> str:
        """A call of the program as a line for a shell; arguments are taken as they are."""
        settings = (f"{name}={shlex.quote(value)}" for name, value in self.settings.items())
        return " ".join((*settings, self.program, *arguments))

    def ask(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Runs the program; returns what it said, whatever its status."""
        return subprocess.run(
            [self.program, *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LIMIT_SECONDS,
            check=False,
        )

    def do(self, *arguments: str) -> None:
        """Runs the program, its output going to the reader.

        Raises:
            EngineError: it failed.
        """
        status = self.status_of(*arguments)
        if status != 0:
            raise EngineError(f"{self.program} {arguments[0]} ended with {status}.")

    def status_of(self, *arguments: str) -> int:
        """Runs the program, its output going to the reader; returns its exit status."""
        return subprocess.run(
            [self.program, *arguments], env=self.environment, timeout=_LIMIT_SECONDS, check=False
        ).returncode

    def has(self, image: str) -> bool:
        """Whether the image is there without pulling."""
        return self.ask("image", "inspect", "--format", "{{.Id}}", image).returncode == 0

    def inspect(self, image: str, template: str) -> str:
        """One fact about an image, by a template such as `{{.Size}}`.

        Raises:
            EngineError: the image does not exist.
        """
        answer = self.ask("image", "inspect", "--format", template, image)
        if answer.returncode != 0:
            raise EngineError(f"There is no image {image}: run `make image` first.")
        return answer.stdout.strip()

    def label(self, image: str, name: str) -> str:
        """One of an image's labels; nothing if it has no such label.

        Raises:
            EngineError: the image does not exist.
        """
        return self.inspect(image, f'{{{{index .Config.Labels "{name}"}}}}')


def find() -> Engine:
    """The engine to use.

    Raises:
        EngineError: there is none, and none can be installed.
    """
    wish = os.environ.get("CONTAINER_ENGINE", "")
    if wish not in {"", "docker", "podman"}:
        raise EngineError(f"CONTAINER_ENGINE must be docker or podman, not {wish}.")
    if wish != "podman":
        docker = Engine("docker")
        if shutil.which("docker") and _is_docker(docker.ask("version")):
            return docker
        if wish:
            raise EngineError("No Docker daemon answers: start it, or unset CONTAINER_ENGINE.")
    install("podman")
    settings = _podman_settings()
    return Engine(
        "podman",
        settings,
        build_options=(
            *("--format", "oci"),  # Docker's format holds ids that differ from build to build
            *("--network", "host"),
            *certificates(),  # for pip, where they are special
        ),
        run_options=("--network", "host") if settings else (),
    )


def certificates() -> tuple[str, ...]:
    """The options that lend a container the certificates that this machine trusts."""
    if not _CERTIFICATES.exists():
        return ()
    return ("--volume", f"{_CERTIFICATES}:{_CERTIFICATES}:ro")


def install(*programs: str) -> None:
    """Installs the programs that are missing, by the packages of the same names.

    Raises:
        EngineError: one is missing and can't be installed.
    """
    search = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"])
    missing = [program for program in programs if shutil.which(program, path=search) is None]
    if missing:
        install_packages(*missing)


def install_packages(*packages: str) -> None:
    """Installs Debian packages, or brings them up to date.

    Raises:
        EngineError: that is not possible here.
    """
    named = ", ".join(packages)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise EngineError(
            f"No Docker daemon answers and {named} can't be installed here (that takes root and "
            "apt): install Docker or podman, then try again."
        )
    say(f"Installing {named} ...")
    options = ("-qq", "-o", "DPkg::Lock::Timeout=300")
    _apt("update", *options)
    _apt("install", *options, "--yes", "--no-install-recommends", *packages)


def say(text: str) -> None:
    """Tells the reader how it goes."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - a command's own output


def _is_docker(version: "subprocess.CompletedProcess[str]") -> bool:
    """Whether a daemon answers, and not podman by the name of docker."""
    return version.returncode == 0 and "podman" not in version.stdout.lower()


def _apt(*arguments: str) -> None:
    process = subprocess.run(
        ["apt-get", *arguments],  # noqa: S607 - where it is differs between systems
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        capture_output=True,
        text=True,
        timeout=_LIMIT_SECONDS,
        check=False,
    )
    if process.returncode != 0:
        raise EngineError(f"apt-get {arguments[0]} failed: {process.stderr.strip()[-400:]}")


def _podman_settings() -> Mapping[str, str]:
    """Settings that let podman run as root inside a container or a small virtual machine.

    There, its usual runtime may refuse the control groups, there is no systemd, and limits can't
    be raised. A user's own podman is left as it is.
    """
    if os.geteuid() != 0 or "CONTAINERS_CONF" in os.environ:
        return {}
    install("runc")
    files = min(_OPEN_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    settings: Sequence[str] = (
        "[engine]",
        'runtime = "runc"',
        'cgroup_manager = "cgroupfs"',
        'events_logger = "file"',
        "[containers]",
        f'default_ulimits = ["nofile={files}:{files}", "nproc={_OPEN_FILES}:{_OPEN_FILES}"]',
    )
    STATE.mkdir(exist_ok=True)
    path = STATE / "containers.conf"
    text = "\n".join(settings) + "\n"
    if not path.exists() or path.read_text("utf-8") != text:  # another podman may be reading it
        path.write_text(text, "utf-8")
    return {"CONTAINERS_CONF": str(path)}
