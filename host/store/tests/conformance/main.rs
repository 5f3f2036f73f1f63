//! What every store promises, written once against the traits and run on each of them.
//!
//! One file for each operation, under the name that it has in the stores. A test takes a
//! [`Ground`](ground::Ground): a fresh store, its clock, and a way to lose a worker. It never
//! asks which store it stands on.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cancel;
mod claim;
mod cluster;
mod commit;
mod delete;
mod enqueue;
mod fencing;
mod ground;
mod heartbeat;
mod inspect;
mod modules;
mod oracle;
mod order;
mod pause;
mod promote;
mod prune;
mod reap;
mod retry;
mod settle;
mod sign;
mod silence;
mod steady;
mod twins;
mod wake;

/// Every test, on these stores. A test that is missing here is dead code, and refused.
macro_rules! on_stores {
    ([$($ground:ident),+] $tests:tt) => {
        $(on_one_store! { $ground $tests })+
    };
}

macro_rules! on_one_store {
    ($ground:ident { $($operation:ident: $($test:ident,)+;)+ }) => {
        mod $ground {
            $(mod $operation { $(
                #[tokio::test]
                async fn $test() { crate::$operation::$test(crate::ground::$ground()).await }
            )+ })+
        }
    };
}

/// Where a dead process can be told from a silent one: on one machine, by its locks.
mod where_death_is_proven {
    on_stores! { [model, sqlite] {
        reap:
            a_worker_proven_dead_is_reaped_at_once,
        a_worker_whose_end_was_seen_is_reaped_when_it_is_said,;
        inspect:
            a_dead_worker_is_seen_to_be_lost_before_anybody_ends_its_leases,;
    } }
}

on_stores! { [model, sqlite, redis, redis_cluster] {
    enqueue:
        a_repeated_push_is_recognized_and_changes_nothing,
        the_same_id_twice_in_one_push_is_enqueued_once,
        an_unknown_kind_enqueues_nothing_and_names_the_nearest,
        an_input_over_its_limit_enqueues_nothing,
        a_job_goes_to_the_queue_of_its_manifest_unless_the_pusher_says_otherwise,
        a_large_input_comes_back_whole,
        a_job_that_was_due_before_now_is_available_at_once,
        a_large_push_is_refused_as_a_whole_and_taken_as_a_whole,;
    claim:
        jobs_are_given_in_the_order_in_which_they_were_pushed,
        kinds_are_merged_by_age,
        the_first_queue_is_served_before_the_next_and_others_not_at_all,
        only_kinds_that_the_worker_can_run_are_given,
        the_reservations_of_all_jobs_given_fit_together,
        what_waits_for_memory_is_passed_over_and_reported,
        what_is_over_the_whole_budget_is_neither_given_nor_reported,
        a_worker_that_never_signed_on_gets_nothing,
        two_workers_share_the_line_and_no_job,
        jobs_of_a_lost_reply_are_given_again_with_their_tokens,
        what_was_given_again_counts_against_memory_and_number,
        many_jobs_are_given_in_one_claim,;
    commit:
        only_the_next_number_under_the_right_token_applies,
        a_repetition_is_recognized_while_the_attempt_runs_and_after_its_end,
        a_repetition_is_recognized_after_the_job_went_on_elsewhere,
        a_commit_of_a_lost_lease_writes_nothing_at_all,
        an_end_that_stands_twice_in_one_exchange_is_applied_once,
        each_commit_of_an_exchange_is_answered_by_itself,
        a_checkpoint_and_its_effects_are_there_for_the_next_attempt,
        children_are_enqueued_with_the_commit_and_only_once,
        a_child_whose_kind_is_not_deployed_waits_for_it,
        work_data_beyond_the_checkpoint_is_cut_back_on_resume,
        work_data_without_a_checkpoint_is_cut_back_altogether,
        large_outputs_states_and_chunks_come_back_whole,
        the_log_grows_and_keeps_its_newest_lines,;
    settle:
        an_interrupted_job_with_progress_keeps_its_place,
        a_job_sent_to_the_back_stands_behind_all_that_wait,
        a_step_up_the_ladder_changes_what_is_reserved,
        dead_and_discarded_jobs_keep_their_reason,
        what_attempts_spent_adds_up,
        a_cancellation_on_its_way_ends_what_would_run_again,
        a_cancellation_on_its_way_leaves_what_has_ended,
        only_the_newest_attempts_are_kept,;
    sign:
        who_signs_off_gives_back_what_it_holds,
        who_signs_off_with_progress_keeps_the_place_of_its_jobs,
        signing_on_twice_changes_nothing,
        after_signing_off_nothing_may_be_committed,;
    heartbeat:
        a_beat_renews_all_leases,
        a_worker_whose_time_ran_out_is_told_and_may_not_commit,
        an_unknown_worker_is_told_so,
        a_beat_hears_of_cancellations_orders_and_deploys,;
    reap:
        an_expired_lease_gives_the_job_back_at_its_place,
        a_live_worker_is_left_alone,
        the_third_crash_without_progress_is_the_end,
        progress_clears_the_crashes,
        a_clock_set_back_does_not_prolong_a_lease,
        a_cancelled_job_of_a_lost_worker_is_cancelled,;
    silence:
        after_it_every_worker_that_is_heard_goes_on,
        who_is_not_heard_within_a_third_of_a_lease_after_it_is_lost,
        whoever_only_looks_at_the_store_spares_nobody_twice,
        who_comes_back_under_another_name_leaves_others_their_leases,
        a_claim_after_it_is_answered,;
    promote:
        a_scheduled_job_waits_for_its_time_and_then_for_its_turn,
        what_is_put_off_for_ever_does_not_come_back_at_once,
        a_worker_with_the_longest_lease_there_is_keeps_it,
        a_retry_comes_after_its_backoff,
        the_next_due_time_is_told_with_every_answer,;
    prune:
        finished_jobs_go_when_they_are_old_enough,
        beyond_the_number_kept_the_first_to_finish_goes,
        dead_jobs_and_jobs_at_work_stay,
        too_many_dead_jobs_stay_and_are_told,
        where_the_operator_said_so_the_first_to_die_go,
        of_those_that_died_at_the_same_moment_the_first_pushed_go,;
    cancel:
        what_has_not_started_is_cancelled_at_once,
        what_runs_is_asked_through_its_worker,
        what_has_ended_stays_as_it_ended,;
    retry:
        a_dead_job_runs_again_from_its_checkpoint_with_its_counters_at_zero,
        what_waits_for_its_time_runs_now,
        what_runs_waits_or_completed_is_not_retried,;
    delete:
        a_finished_job_goes_with_all_that_belongs_to_it,
        what_has_not_finished_is_not_deleted,;
    pause:
        a_paused_queue_takes_jobs_and_gives_out_none,;
    order:
        an_order_reaches_one_worker_or_all,;
    modules:
        a_module_comes_back_as_it_was_deployed,
        the_same_deploy_again_changes_nothing,
        a_deploy_moves_the_pointer_and_a_rollback_moves_it_back,
        a_job_goes_on_with_the_newest_module_that_reads_its_checkpoint,
        a_module_on_which_a_job_runs_is_pointed_to_before_it_has_written_a_checkpoint,
        a_worker_that_has_not_heard_of_a_deploy_gets_nothing_new,
        pruning_leaves_what_a_pointer_or_a_job_needs,;
    inspect:
        a_list_is_filtered_and_shows_the_newest_first,
        a_job_shows_what_it_has_been_through,
        a_job_that_is_tried_again_later_says_why,
        queues_workers_and_counts_show_the_house,
        an_available_job_says_why_it_is_not_run,;
    wake:
        a_push_wakes_and_no_wake_is_lost,
        other_handles_are_woken_too,
        what_is_pushed_to_a_claim_that_stays_is_given_once,;
} }
