"""Each scenario passes, and fails under each mistake that it is there to catch."""

from __future__ import annotations

import pytest

from store import Store
from tests.integration.flows import scenarios as s
from tests.integration.flows.scenarios import SCENARIOS, Scenario
from tests.support import mistakes as m
from tests.support.mistakes import Mistake
from tests.support.world import Violated

CAUGHT: tuple[tuple[Mistake, Scenario], ...] = (
    (m.no_version_filter, s.two_writers),
    (m.newest_first, s.entries_of_two_versions),
    (m.lease_ignores_order, s.order_within_a_queue),
    (m.prune_before_record, s.dies_before_recording),
    (m.remove_before_insert, s.dies_while_tidying),
    (m.confirm_before_read, s.late_read),
    (m.no_lease_confirmation, s.late_write),
    (m.lease_counted_from_the_answer, s.slow_claim),
    (m.run_writes_without_epoch_filter, s.late_record),
    (m.own_epoch_known_without_a_claim_id, s.lost_race),
    (m.lost_claim_believed, s.applied_claim_looks_lost),
    (m.reply_without_attempt, s.late_failure_of_an_old_attempt),
    (m.callback_without_key, s.callback_twice),
    (m.random_delivery_ids, s.dies_before_removing),
    (m.delivery_drops_its_mark_with_its_outcome, s.outcome_stored_and_nobody_told),
    (m.settle_before_take, s.dies_while_taking_the_outcome),
    (m.taken_on_without_next_at, s.dies_after_taking_the_outcome),
    (m.write_leaves_no_mark, s.dies_before_inserting),
    (m.effect_holds_no_run, s.unstored_run_dies_after_its_effect),
    (m.found_run_has_its_first_workers_claim, s.unstored_run_is_found_and_not_claimed),
    (m.deliveries_made_before_their_run, s.unstored_run_and_a_busy_document),
    (m.caller_answered_from_memory, s.refused_in_memory_only),
    (m.park_without_rereading, s.outcome_while_parking),
    (m.park_keeps_the_lease, s.outcome_after_parking),
    (m.round_not_in_delivery_ids, s.allowed_alone),
    (m.write_on_the_version_read_again, s.moved_while_asked),
    (m.round_in_effect_ids, s.dies_before_recording),
    (m.round_not_stored_on_the_run, s.dies_after_asking),
    (m.obsolete_delivery_not_cancelled, s.obsolete_round),
    (m.time_out_overwrites, s.answer_beats_the_time_out),
    (m.time_out_believed_when_its_write_is_lost, s.answer_beats_the_time_out),
    (m.retryable_answer_kept_under_its_key, s.retried_after_a_conflict),
    (m.restart_takes_up_the_ids_of_the_first_try, s.trade_retried_after_a_conflict),
    (m.awaited_looked_up_after_the_write, s.connected_after_the_write),
    (m.disconnect_cancels_only_what_exists, s.disconnected_before_the_delivery),
    (m.disconnect_noticed_only_when_the_plugin_asks, s.disconnected_while_nobody_asks),
    (m.delivery_of_an_ended_run_leased, s.late_delivery_of_an_ended_run),
    (m.late_callback_accepted, s.callback_after_the_end),
    (m.refusal_not_fenced, s.late_write_of_a_refused_step),
    (m.undo_without_effect, s.dies_while_undoing),
    (m.undo_compares_the_version, s.moved_on_before_the_undo),
    (m.undo_before_all_are_terminal, s.one_child_rejected_one_slow),
    (m.child_drops_next_at_at_its_end, s.child_ends_and_nobody_tells),
    (m.rejected_terminal_before_undos, s.dies_before_undoing),
    (m.delivery_marks_looked_at_for_ever, s.one_of_two_is_done),
    (m.child_marks_looked_at_for_ever, s.one_of_two_children_is_done),
    (m.working_on_a_try_keeps_the_next_from_being_worked_on, s.retried_at_once),
    (m.children_started_unrecorded, s.dies_while_starting_children),
)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
async def test_the_engine_keeps_its_promises_when(store: Store, scenario: Scenario) -> None:
    await scenario(store)


@pytest.mark.parametrize(("mistake", "scenario"), CAUGHT, ids=lambda item: item.__name__)
async def test_the_suite_catches(store: Store, mistake: Mistake, scenario: Scenario) -> None:
    with mistake(), pytest.raises(BaseException) as caught:
        await scenario(store)
    assert violations(caught.value), f"it fails, but no property does: {caught.value!r}"


def violations(error: BaseException) -> list[str]:
    """The properties that are broken, out of whatever groups they come in."""
    if isinstance(error, BaseExceptionGroup):
        return [text for part in error.exceptions for text in violations(part)]
    return [str(error)] if isinstance(error, Violated) else []
