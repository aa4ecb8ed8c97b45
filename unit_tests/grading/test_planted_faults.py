"""The planted faults fit the code as it is now."""

import ast
from pathlib import Path

import pytest

import destination_inflection
from grading.parts import PARTS
from grading.planted import said_last
from grading.planted_faults import PLANTED
from grading.planted_faults.out_of_reach import OUT_OF_REACH
from grading.planted_faults.planted import OutOfReach, Planted

PACKAGE = Path(destination_inflection.__file__).parent
UNIT_TESTS = Path(__file__).parent.parent
FEWEST = 50
ALL = (*PLANTED, *(each.planted for each in OUT_OF_REACH))


@pytest.mark.parametrize("planted", ALL, ids=lambda planted: planted.name)
def test_each_fault_fits_its_module_and_can_be_run(planted: Planted) -> None:
    source = (PACKAGE / planted.module).read_text("utf-8")

    patched = planted.patched(source)

    assert patched != source
    compile(patched, planted.module, "exec")


def test_there_are_enough_and_each_has_its_own_name() -> None:
    assert len(PLANTED) >= FEWEST
    assert len({planted.name for planted in ALL}) == len(ALL)


def test_they_are_in_what_the_simulator_is_graded_on() -> None:
    part = PARTS["write-path"]
    for planted in ALL:
        assert planted.module.startswith(part.modules)
        assert not planted.module.startswith(part.excluded)


@pytest.mark.parametrize("fault", OUT_OF_REACH, ids=lambda fault: fault.planted.name)
def test_the_test_that_notices_what_is_out_of_reach_is_there(fault: OutOfReach) -> None:
    assert fault.why.endswith(".")
    if fault.noticed_by is not None:
        path, _, name = fault.noticed_by.partition("::")
        module = ast.parse((UNIT_TESTS / path).read_text("utf-8"))
        assert name in {node.name for node in module.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("source", ["", "old old", "new"])
def test_what_is_replaced_has_to_stand_there_once(source: str) -> None:
    with pytest.raises(ValueError, match=r"a\.py"):
        Planted("wrong", "a.py", "old", "new").patched(source)


def test_what_the_simulator_said_is_told_by_its_seed() -> None:
    assert said_last("a\nSeed 3: broken\n  more of it\n") == "Seed 3: broken"
    assert said_last("Traceback\nKeyError: 3\n") == "KeyError: 3"
    assert said_last("") == "it said nothing"
