use std::collections::BTreeSet;
use std::sync::Arc;

use logto_rocket::store::conformance;

use super::flawed::{Flaw, Flawed};

/// Each flaw, and the checks that have to find it.
const FOUND_BY: &[(Flaw, &[&str])] = &[
    (
        Flaw::NoTombstones,
        &[
            "h01 a session is inserted, loaded, replaced and removed",
            "h01 there is nothing where nothing was",
            "h02 a tombstone lasts in its own time",
        ],
    ),
    (
        Flaw::UpsertingReplace,
        &[
            "h01 there is nothing where nothing was",
            "h02 a session ends in its time",
            "h03 a removed session is never written back",
            "h03 of a thousand races no removal is lost",
        ],
    ),
    (Flaw::OverwritingInsert, &["h01 an insert never overwrites"]),
    (Flaw::InsertInTwoSteps, &["h01 one of many inserts under one key succeeds"]),
    (Flaw::InventedSid, &["h01 a session without a sid"]),
    (Flaw::BytesAsText, &["h01 every byte comes back"]),
    (Flaw::ClaimsAreLeases, &["h01 kinds of things do not get in each other's way"]),
    (Flaw::RefusesNoTime, &["h01 any length of time does no harm"]),
    (
        Flaw::SessionsForGood,
        &[
            "h02 a session ends in its time",
            "h02 a replaced session lasts from then",
            "h05 what has ended is in no index",
        ],
    ),
    (Flaw::ReplaceKeepsTheTime, &["h02 a replaced session lasts from then"]),
    (Flaw::TombstonesForGood, &["h02 a tombstone lasts in its own time"]),
    (Flaw::ReplaceInTwoSteps, &["h03 of a thousand races no removal is lost", "h04 no update is lost"]),
    (Flaw::IgnoresTheVersion, &["h04 only the expected version is replaced", "h04 no update is lost"]),
    (Flaw::RoundsTheVersion, &["h04 the largest versions are told apart"]),
    (
        Flaw::IndexInTwoSteps,
        &[
            "h04 many sessions at once do not disturb each other",
            "h07 ten thousand sessions of one person are found and ended",
        ],
    ),
    (Flaw::LosesTheSid, &["h05 the indexes are in step"]),
    (Flaw::IndexKeepsWhatHasEnded, &["h05 what has ended is in no index"]),
    (Flaw::ListsAThousand, &["h07 ten thousand sessions of one person are found and ended"]),
    (Flaw::LeaseInTwoSteps, &["a lease has one holder"]),
    (
        Flaw::AnyoneReleases,
        &[
            "a lease is prolonged and released by its holder alone",
            "a holder who was too slow releases nothing",
        ],
    ),
    (Flaw::LeasesForGood, &["a lease ends in its time", "a holder who was too slow releases nothing"]),
    (Flaw::LeasesAreNotProlonged, &["a prolonged lease lasts from then"]),
    (Flaw::ClaimInTwoSteps, &["one of many claims succeeds"]),
    (Flaw::ClaimsForGood, &["a claim ends in its time"]),
    (Flaw::TheLastMarkStays, &["the highest mark stays"]),
    (Flaw::RoundsMarks, &["the highest mark stays"]),
    (Flaw::LeavesOutMissingMarks, &["marks come in the order they were asked for"]),
    (Flaw::TheLastTimeOfAMarkCounts, &["a mark is kept as long as was asked for at the longest"]),
    (Flaw::Panics, &["h01 a session is inserted, loaded, replaced and removed"]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h01_to_h07_the_checks_find_each_flaw() {
    let reports: Vec<_> = FOUND_BY
        .iter()
        .map(|(flaw, checks)| {
            let store = Arc::new(Flawed::with(*flaw));
            (flaw, checks, tokio::spawn(conformance::check_only(store, checks)))
        })
        .collect();
    for (flaw, checks, report) in reports {
        let report = report.await.expect("a report");
        let found: Vec<_> = report.failures().iter().map(|failure| failure.check()).collect();
        let expected: Vec<_> = conformance::names().filter(|name| checks.contains(name)).collect();
        assert_eq!(found, expected, "{flaw:?}\n{report}");
        assert!(
            report
                .failures()
                .iter()
                .all(|failure| failure.what().contains("expected") || *flaw == Flaw::Panics)
        );
    }
}

#[test]
fn every_check_is_known_to_find_something() {
    let all: BTreeSet<_> = conformance::names().collect();
    let proved: BTreeSet<_> = FOUND_BY.iter().flat_map(|(_, checks)| checks.iter().copied()).collect();
    assert_eq!(all, proved);
}

#[tokio::test]
#[should_panic(expected = "h01 an insert never overwrites: insert over a session: expected an error")]
async fn a_report_with_failures_panics_and_lists_them() {
    let store = Arc::new(Flawed::with(Flaw::OverwritingInsert));
    conformance::check_only(store, &["h01 an insert never overwrites"]).await.assert_passed();
}
