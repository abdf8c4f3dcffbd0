"""The units load without a complaint, and the daemon's sandbox is as tight as promised."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from reconciler.settings import override_variables
from tests.lab.require import require

UNITS = Path(__file__).parents[2] / "systemd"
SERVICES = ("reconciler.service", "reconciler-capture@.service", "reconciler-restore@.service")


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [require("systemd-analyze"), "--no-pager", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def directives(unit: str, name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", (UNITS / unit).read_text(), flags=re.MULTILINE)


def installed(folder: Path, units: Sequence[str]) -> list[str]:
    """Copies of the units whose program exists here; nothing else is changed."""
    program = folder / "reconciler"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for unit in units:
        text = (UNITS / unit).read_text()
        assert "ExecStart=/usr/bin/reconciler " in text
        (folder / unit).write_text(text.replace("/usr/bin/reconciler", str(program)))
    return [str(folder / unit.replace("@", "@wiki-db")) for unit in units]


def test_every_unit_is_tested() -> None:
    assert sorted(SERVICES) == sorted(file.name for file in UNITS.glob("*.service"))


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    verified = analyze("verify", "--man=no", *installed(tmp_path, SERVICES))
    assert (verified.returncode, verified.stderr) == (0, "")


def test_systemd_complains_about_a_misspelt_directive(tmp_path: Path) -> None:
    [unit] = installed(tmp_path, ["reconciler.service"])
    text = Path(unit).read_text()
    Path(unit).write_text(text.replace("ProtectClock=", "ProtectClocks="))
    assert "ProtectClocks" in analyze("verify", "--man=no", unit).stderr


@pytest.mark.parametrize(
    ("unit", "most"),
    [
        ("reconciler.service", 2.0),
        ("reconciler-capture@.service", 3.0),
        ("reconciler-restore@.service", 4.0),
    ],
)
def test_the_exposure_of_each_unit_stays_low(unit: str, most: float) -> None:
    # The threshold is in tenths; above it the exit code says so.
    judged = analyze("security", "--offline=true", f"--threshold={most * 10:.0f}", str(UNITS / unit))
    assert judged.returncode == 0, judged.stdout
    exposure = re.search(r"exposure level for \S+: ([0-9.]+)", judged.stdout)
    assert exposure is not None
    assert float(exposure[1]) <= most


def test_the_daemon_may_read_everything_and_has_no_other_capability() -> None:
    for name in ("CapabilityBoundingSet", "AmbientCapabilities"):
        assert directives("reconciler.service", name) == ["CAP_DAC_READ_SEARCH"]
    judged = analyze("security", "--offline=true", "--json=short", str(UNITS / "reconciler.service"))
    findings = {one["json_field"]: one for one in json.loads(judged.stdout)}
    assert findings["UserOrDynamicUser"]["set"] is True
    assert findings["CapabilityBoundingSet_CAP_DAC_FOWNER_IPC_OWNER"]["set"] is False
    assert findings["CapabilityBoundingSet_CAP_SET_UID_GID_PCAP"]["set"] is True


@pytest.mark.parametrize("unit", SERVICES)
def test_all_units_share_one_user_and_one_state_folder(unit: str) -> None:
    assert directives(unit, "User") == ["reconciler"]
    assert directives(unit, "StateDirectory")[0].split()[0] == "reconciler"
    assert "RECONCILER_STATE=/var/lib/reconciler" in directives(unit, "Environment")
    assert (UNITS / "sysusers.conf").read_text().splitlines()[-1].startswith("u reconciler ")


@pytest.mark.parametrize("unit", SERVICES)
def test_units_set_no_variable_that_the_settings_do_not_know(unit: str) -> None:
    named = {line.partition("=")[0] for line in directives(unit, "Environment")}
    assert {name for name in named if name.startswith("RECONCILER_")} <= set(override_variables())
