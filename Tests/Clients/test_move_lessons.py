"""What others ran into (moving data): each fault is a test here, in the file or in the suite named.

A suite stands before a dot, a file of this folder before a colon.

| what happened elsewhere | the tests that show it does not happen here |
|---|---|
| transactions open at the switch committed on the old side | MoveTests.holdsAWriteBackAndSendsItToTheNewPlace; MoveTests.anAnswerFromAPlaceTheTenantHasLeftDoesNotCount; MoveGuardTests.nobodyButTheMoverWritesAtTheTargetBeforeTheSwitch; test_move_semantics.py: test_transactions_are_whole_and_their_tokens_known_across_switches |
| the position was captured before the locks | MoveStoreFaultTests.aKeyThatIsWrittenAtEveryMomentIsNoDifference; MoveUnderLoadTests.noAcknowledgedWriteIsLostUpBackAndUpAgain |
| crash between two routing records: downtime | MoveStoreFaultTests.survivesDeathAtEachCommitOfAStore; MoveFaultTests.survivesEveryFault; test_kills.py: test_killed_at_random_moments_moves_of_all_kinds_lose_nothing |
| reversing failed, or is not possible for a single tenant | MoveStoreFaultTests.survivesDeathAtEachCommitOfAStoreOnTheWayBack; MoveSemanticsTests.aRollBackKeepsThemToo; test_moves.py: test_no_request_fails_up_back_up_again_and_down; test_move_crashes.py: test_killed_on_the_way_back_a_move_goes_on |
| leftovers after cancel | test_what_a_cancelled_move_has_left_is_found_whoever_put_it_there; MoveSemanticsTests.aStoreThatHoldsMoreThanItShouldSaysWhat; test_moves.py: test_a_paused_move_rests_and_a_cancelled_one_leaves_nothing |
| the diff stuck, or took over a day and started again | VerifyResumeTests.goesOnWhereItWasWithTheSameDigest; MoveStandstillTests.isStuckWithTheReasonAndGoesOnWhenTheTenantWritesLess |
| somebody else wrote at the target | MoveGuardTests.nobodyButTheMoverWritesAtTheTargetBeforeTheSwitch; MoveGuardTests.aForeignRowStopsTheMoveAndIsNamed; test_moves.py: test_a_difference_stops_the_move_and_names_the_key |
| never caught up; queues grew without bound; lag at the switch lengthened the pause | FenceTests.comesDownByItselfAndIsTriedAgain; FenceTests.isRaisedSoOftenAndNoMore; MoveThrottleTests.writesWaitWhereCatchingUpLosesGroundAndNoneIsLost; MoveBrakeTests.aLogThatIsGoneThroughInVainHoldsWritesBackOnce; MoveBrakeTests.aLogThatGrowsFromLookToLookHoldsWritesBackOnce; MoveBrakeTests.nobodyWaitsWhereACommitOfItFails; PaceTests.passesInVainHoldWritesBackInTheEnd |
| a half-copied table was cut over | MoveGuardTests.theSwitchGoesByTheReceiptOfTheComparison; test_a_copy_that_lost_its_second_half_is_not_cut_over |
| the last rows lost | test_the_last_writes_before_the_switch_are_there; MoveStoreFaultTests.aKeyThatIsWrittenAtEveryMomentIsNoDifference |
| a stopped move left copies, and retries failed on them | test_a_move_that_was_killed_and_cancelled_is_made_again; MoveFaultTests.survivesEveryFault |
"""

import pathlib
import re
import sqlite3
from random import Random

import pytest
from conftest import ROOT
from move_stores import StoreFile
from move_world import SLOW, World
from test_lessons import CLEAN, rows

HERE = pathlib.Path(__file__)


@pytest.fixture
def slow_world(stopped_server):
    """Moves whose copy takes about four seconds, so that one can be held in the midst of it."""
    return World(stopped_server, copy_rate=SLOW, loaded=400)


def test_each_fault_has_tests_that_exist():
    named, suites = [], {path.stem: path.read_text() for path in (ROOT / "Tests").rglob("*Tests.swift")}
    for fault, where in rows(__doc__):
        for part in where.split(";"):
            home, _, name = part.strip().rpartition(": ")
            suite, _, function = name.rpartition(".")
            if suite:
                assert re.search(rf"\bfunc {function}\(", suites[suite]), f"{fault}: {suite} has no {function}"
            else:
                text = HERE.with_name(home or HERE.name).read_text()
                assert re.search(rf"^def {name}\(", text, re.M), f"{fault}: {home or HERE.name} has no {name}"
                named.append(name)
    own = set(re.findall(r"^def (test_\w+)", HERE.read_text(), re.M))
    assert own - set(named) == {"test_each_fault_has_tests_that_exist", "test_every_fault_that_was_found_is_here"}


def test_every_fault_that_was_found_is_here(lessons):
    found = [row[1] for row in rows(lessons.split("## Moving data")[1])]
    assert [row[0] for row in rows(__doc__)] == found


def test_a_move_that_was_killed_and_cancelled_is_made_again(slow_world):
    world = slow_world
    students = f"student-table-premium-{world.mover['id']}"
    load = world.begin_load(Random(1), may_lose_connection=True)
    run = world.move("premium")
    world.wait_for_phase(run, "copy")
    world.server.wait_for(lambda: (world.run(run).get("progress") or {}).get("done", 0) > 100)
    world.hold(run, "copy")
    world.kill_and_start()
    target = world.target(run)
    assert StoreFile(target).tables[students], "half a copy is there"
    world.ask(run, "cancel")
    world.wait(run, "undone")
    assert not target.exists()
    assert world.server.cli("reconcile", "--deep").stdout == CLEAN
    again = world.move("premium", undoWindowSeconds=0)
    world.wait(again, "completed")
    load.wait_for_writes(20)
    world.end_load()
    world.check()


def test_what_a_cancelled_move_has_left_is_found_whoever_put_it_there(slow_world):
    """The file of a target that comes back behind a cancelled move, as from a backup of the disk."""
    world = slow_world
    run = world.move("premium")
    world.hold(run, "copy")
    target = world.target(run)
    assert world.server.terminate() == 0
    kept = target.read_bytes()
    world.start()
    world.ask(run, "cancel")
    world.wait(run, "undone")
    assert world.server.terminate() == 0
    assert not target.exists()
    target.write_bytes(kept)
    world.start()
    shown = world.server.cli("reconcile", check=False)
    assert shown.returncode == 1 and target.stem in shown.stdout and "no run owns it" in shown.stdout
    world.server.cli("reconcile", "--remove", f"store-file-stray:{target.stem}", "--yes")
    again = world.move("premium", undoWindowSeconds=0)
    world.wait(again, "completed")
    world.check()


def test_a_copy_that_lost_its_second_half_is_not_cut_over(slow_world):
    world = slow_world
    run = world.move("premium", undoWindowSeconds=0)
    world.wait_for_phase(run, "copy")
    world.server.wait_for(lambda: (world.run(run).get("progress") or {}).get("done", 0) > 100)
    world.hold(run, "copy")
    target = world.target(run)
    world.server.kill()
    lost = 0
    with sqlite3.connect(target) as database:
        for number, text in database.execute("SELECT number, schema FROM tables").fetchall():
            if '"student-table' in text:
                lost = database.execute(f"DELETE FROM t{number} WHERE rowid > 50").rowcount
    database.close()
    assert lost > 20
    world.start()
    world.ask(run, "resume")
    ended = world.wait(run, "undone")
    assert "items differ" in ended["reason"] and "the source stays in charge" in ended["reason"]
    assert world.tier() == "basic"
    world.check()


def test_the_last_writes_before_the_switch_are_there(stopped_server):
    """Writers that stop in the undo window: what they wrote last is at the new place, and at the old one when it is taken back."""
    world = World(stopped_server)
    load = world.begin_load(Random(2))

    def check_all():
        possible = load.possible()
        for school in world.schools:
            found = school.read(possible[school.id])
            for key, states in possible[school.id].items():
                assert found.get(key) in states, f"{key} is {found.get(key)}, not one of {states}"

    for tier in ["advanced", "premium", "basic"]:
        run = world.move(tier, undoWindowSeconds=600)
        world.wait_for_phase(run, "keep")
        load.stop()
        check_all()
        world.ask(run, "rollback")
        world.wait(run, "undone")
        check_all()
        load.start()
        load.wait_for_writes(20)
        world.wait(world.move(tier, undoWindowSeconds=0), "completed")
    world.end_load()
    world.check()
