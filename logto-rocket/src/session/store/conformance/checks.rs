//! The checks, from the simple to the fierce.

use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;

use super::super::{Found, Replaced, StoreKey, StoredSession};
use super::harness::{
    Bench, LONG, Lasting, Outcome, TOLERANCE, expect, expect_error, expect_keys, expect_session, holder, key,
    lasting, next, session, told,
};

type Check = fn(Bench) -> Pin<Box<dyn Future<Output = Outcome> + Send>>;

const SECOND: Duration = Duration::from_secs(1);
const TEN_YEARS: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

macro_rules! checks {
    ($($name:literal $check:ident,)*) => {
        pub(super) const CHECKS: &[(&str, Check)] = &[$(($name, |bench| Box::pin($check(bench))),)*];
    };
}

checks! {
    "h01 a session is inserted, loaded, replaced and removed" life_of_a_session,
    "h01 there is nothing where nothing was" nothing,
    "h01 an insert never overwrites" insert_refuses,
    "h01 one of many inserts under one key succeeds" insert_race,
    "h01 a session without a sid" without_sid,
    "h01 every byte comes back" bytes,
    "h01 kinds of things do not get in each other's way" kinds,
    "h01 any length of time does no harm" lengths,
    "h02 a session ends in its time" session_ends,
    "h02 a replaced session lasts from then" replaced_lasts,
    "h02 a tombstone lasts in its own time" tombstone_ends,
    "h03 a removed session is never written back" removed_is_gone,
    "h03 of a thousand races no removal is lost" removal_races,
    "h04 only the expected version is replaced" only_expected,
    "h04 the largest versions are told apart" large_versions,
    "h04 no update is lost" no_lost_update,
    "h04 many sessions at once do not disturb each other" many_at_once,
    "h05 the indexes are in step" indexes_in_step,
    "h05 what has ended is in no index" indexes_after_the_end,
    "h07 ten thousand sessions of one person are found and ended" ten_thousand,
    "a lease has one holder" lease_contended,
    "a lease is prolonged and released by its holder alone" lease_holder,
    "a lease ends in its time" lease_ends,
    "a holder who was too slow releases nothing" lease_stale,
    "a prolonged lease lasts from then" lease_prolonged,
    "one of many claims succeeds" claim_contended,
    "a claim ends in its time" claim_ends,
    "the highest mark stays" mark_highest,
    "marks come in the order they were asked for" mark_order,
    "a mark is kept as long as was asked for at the longest" mark_lasts,
}

async fn life_of_a_session(bench: Bench) -> Outcome {
    let first = session();
    let key = bench.insert(&first).await?;
    expect_session("load after insert", &first, bench.load(&key).await?)?;

    let second = StoredSession { sealed: Bytes::from_static(b"sealed once more"), ..next(&first) };
    expect("replace", Replaced::Done, told("replace", bench.store.replace(&key, 1, &second).await)?)?;
    expect_session("load after replace", &second, bench.load(&key).await?)?;

    expect("remove of a session", true, bench.remove(&key, LONG).await?)?;
    expect("load after remove", Found::Ended, bench.load(&key).await?)?;
    expect("remove of what was removed", false, bench.remove(&key, LONG).await?)?;
    expect("load after removing twice", Found::Ended, bench.load(&key).await?)
}

async fn nothing(bench: Bench) -> Outcome {
    let key = key();
    expect("load", Found::Nothing, bench.load(&key).await?)?;
    let replaced = told("replace", bench.store.replace(&key, 0, &session()).await)?;
    expect("replace of nothing", Replaced::Gone, replaced)?;
    expect("load after replacing nothing", Found::Nothing, bench.load(&key).await?)?;
    expect_keys("of_subject", &[], bench.of_subject(&key).await?)?;
    expect_keys("of_sid", &[], told("of_sid", bench.store.of_sid(&key).await)?)?;
    told("release", bench.store.release(&key, &holder()).await)?;
    expect("a mark", None, bench.mark_of(&key).await?)?;
    expect("remove of nothing", false, bench.remove(&key, LONG).await?)?;
    expect("load after removing nothing", Found::Ended, bench.load(&key).await?)
}

async fn insert_refuses(bench: Bench) -> Outcome {
    let first = session();
    let key = bench.insert(&first).await?;
    expect_error("insert over a session", bench.store.insert(&key, &session()).await)?;
    expect_session("load after a refused insert", &first, bench.load(&key).await?)?;
    bench.remove(&key, LONG).await?;
    let second = session();
    expect_error("insert over a tombstone", bench.store.insert(&key, &second).await)?;
    expect("load after an insert over a tombstone", Found::Ended, bench.load(&key).await?)?;
    expect_keys("of_subject after a refused insert", &[], bench.of_subject(&second.subject).await?)
}

async fn insert_race(bench: Bench) -> Outcome {
    let (key, subject) = (key(), session().subject);
    let inserted = bench
        .at_once(100, move |bench, number| async move {
            let session = StoredSession { sealed: vec![number as u8].into(), subject, ..session() };
            Ok(bench.store.insert(&key, &session).await.is_ok())
        })
        .await?;
    let winners: Vec<usize> = (0..inserted.len()).filter(|number| inserted[*number]).collect();
    expect("how many of 100 inserts succeed", 1, winners.len())?;
    match bench.load(&key).await? {
        Found::Session(kept) => {
            expect("whose session is kept", vec![winners[0] as u8], kept.sealed.to_vec())?
        }
        other => return Err(format!("load: expected the session of the winner, came {other:?}")),
    }
    expect_keys("of_subject", &[key], bench.of_subject(&subject).await?)
}

async fn without_sid(bench: Bench) -> Outcome {
    let first = StoredSession { sid: None, ..session() };
    let key = bench.insert(&first).await?;
    expect_session("load", &first, bench.load(&key).await?)?;
    told("replace", bench.store.replace(&key, 1, &next(&first)).await)?;
    expect_session("load after replace", &next(&first), bench.load(&key).await?)?;
    expect_keys("of_subject", &[key], bench.of_subject(&first.subject).await?)?;
    expect("remove", true, bench.remove(&key, LONG).await?)
}

async fn bytes(bench: Bench) -> Outcome {
    let all: Vec<u8> = (0..=u8::MAX).collect();
    for sealed in [vec![], vec![0], vec![0xff], b"\r\n\0'\"\\".to_vec(), all.clone(), all.repeat(256)] {
        let first = StoredSession { sealed: sealed.into(), ..session() };
        let key = bench.insert(&first).await?;
        let length = first.sealed.len();
        expect_session(&format!("load of {length} bytes"), &first, bench.load(&key).await?)?;
        let second = next(&first);
        told("replace", bench.store.replace(&key, 1, &second).await)?;
        expect_session(&format!("load of {length} replaced bytes"), &second, bench.load(&key).await?)?;
    }
    Ok(())
}

async fn kinds(bench: Bench) -> Outcome {
    let (same, mine, other) = (key(), holder(), key());
    let first = StoredSession { subject: same, sid: Some(same), ..session() };
    expect("a claim before all", true, bench.claim(&same, LONG).await?)?;
    expect("a lease under the key of a claim", true, bench.lease(&same, &mine, LONG).await?)?;
    bench.mark(&same, 7, LONG).await?;
    told("insert", bench.store.insert(&same, &first).await)?;
    let second = StoredSession { subject: other, sid: Some(same), ..session() };
    let second_key = bench.insert(&second).await?;

    expect_session("the session", &first, bench.load(&same).await?)?;
    expect_keys("of_subject", &[same], bench.of_subject(&same).await?)?;
    expect_keys("of_sid", &[same, second_key], bench.of_sid(&first).await?)?;
    expect("the mark", Some(7), bench.mark_of(&same).await?)?;

    bench.remove(&same, LONG).await?;
    expect("the mark after removing the session", Some(7), bench.mark_of(&same).await?)?;
    expect("the claim after removing the session", false, bench.claim(&same, LONG).await?)?;
    expect("the lease after removing the session", false, bench.lease(&same, &holder(), LONG).await?)?;
    told("release", bench.store.release(&same, &mine).await)?;
    expect("the tombstone after releasing the lease", Found::Ended, bench.load(&same).await?)?;
    expect("the claim after releasing the lease", false, bench.claim(&same, LONG).await?)
}

async fn lengths(bench: Bench) -> Outcome {
    for lasts in [Duration::ZERO, Duration::from_nanos(1), Duration::from_micros(1_500), TEN_YEARS] {
        let long = lasts == TEN_YEARS;
        let first = lasting(lasts);
        let key = bench.insert(&first).await.map_err(|what| format!("{what} (for {lasts:?})"))?;
        if long {
            expect_session("load", &first, bench.load(&key).await?)?;
            expect_keys("of_subject", &[key], bench.of_subject(&first.subject).await?)?;
        }
        let replaced = told("replace", bench.store.replace(&key, 1, &next(&first)).await)?;
        if long {
            expect("replace", Replaced::Done, replaced)?;
        }
        bench.remove(&key, lasts).await?;
        match bench.load(&key).await? {
            Found::Session(_) => return Err(format!("load after remove for {lasts:?}: came the session")),
            found if long => expect("load after remove", Found::Ended, found)?,
            _ => {}
        }
        expect("a lease of a new key", true, bench.lease(&key, &holder(), lasts).await?)?;
        expect("a claim of a new key", true, bench.claim(&key, lasts).await?)?;
        bench.mark(&key, 1, lasts).await?;
        if long {
            expect("the lease again", false, bench.lease(&key, &holder(), lasts).await?)?;
            expect("the claim again", false, bench.claim(&key, lasts).await?)?;
            expect("the mark", Some(1), bench.mark_of(&key).await?)?;
        }
    }
    Ok(())
}

async fn session_ends(bench: Bench) -> Outcome {
    let lasts = 2 * SECOND;
    let (time, key) = Lasting::from(lasts, bench.insert(&lasting(lasts))).await?;
    let there = || async {
        match bench.load(&key).await? {
            Found::Session(_) => Ok(true),
            Found::Nothing => Ok(false),
            Found::Ended => Err("load after its time: expected nothing, came a tombstone".to_owned()),
        }
    };
    time.expect_kept_and_forgotten("a session", there).await?;
    let replaced = told("replace", bench.store.replace(&key, 1, &session()).await)?;
    expect("replace of a session whose time is over", Replaced::Gone, replaced)?;
    expect("remove of a session whose time is over", false, bench.remove(&key, LONG).await?)
}

async fn replaced_lasts(bench: Bench) -> Outcome {
    let long = session();
    let shortened = bench.insert(&long).await?;
    let (first, prolonged, short) = prolong_in_time(|lasts| {
        let bench = bench.clone();
        async move {
            let short = lasting(lasts);
            let (time, key) = Lasting::from(lasts, bench.insert(&short)).await?;
            let longer = next(&StoredSession { lasts: LONG, ..short.clone() });
            told("replace", bench.store.replace(&key, 1, &longer).await)?;
            Ok((time, key, short))
        }
    })
    .await?;
    let shorter = next(&StoredSession { lasts: SECOND, ..long.clone() });
    let (time, _) =
        Lasting::from(SECOND, async { told("replace", bench.store.replace(&shortened, 1, &shorter).await) })
            .await?;
    time.over().await;
    first.over().await;
    expect_session("load of a prolonged session", &next(&short), bench.load(&prolonged).await?)?;
    expect_keys("of_subject of a prolonged session", &[prolonged], bench.of_subject(&short.subject).await?)?;
    expect_keys("of_sid of a prolonged session", &[prolonged], bench.of_sid(&short).await?)?;
    expect("load of a shortened session", Found::Nothing, bench.load(&shortened).await?)?;
    expect_keys("of_subject of a shortened session", &[], bench.of_subject(&long.subject).await?)
}

/// Begins something and prolongs it, before it is over. With a store or a machine that is too slow for that it does so
/// again, with more time.
async fn prolong_in_time<F, T>(prolong: impl Fn(Duration) -> F) -> Outcome<(Lasting, StoreKey, T)>
where
    F: Future<Output = Outcome<(Lasting, StoreKey, T)>>,
{
    let mut lasts = 2 * SECOND;
    while lasts < LONG / 2 {
        let (time, key, what) = prolong(lasts).await?;
        if !time.may_be_over() {
            return Ok((time, key, what));
        }
        lasts *= 2;
    }
    Err(format!("nothing could be prolonged within {lasts:?}"))
}

async fn tombstone_ends(bench: Bench) -> Outcome {
    let long = bench.insert(&session()).await?;
    let short = bench.insert(&lasting(SECOND)).await?;
    let prolonged = key();
    bench.remove(&short, LONG).await?;
    bench.remove(&prolonged, SECOND).await?;
    bench.remove(&prolonged, LONG).await?;
    let lasts = 2 * SECOND;
    let (time, _) = Lasting::from(lasts, bench.remove(&long, lasts)).await?;
    let there = || async {
        match bench.load(&long).await? {
            Found::Ended => Ok(true),
            Found::Nothing => Ok(false),
            Found::Session(_) => Err("load of a removed session: came the session".to_owned()),
        }
    };
    time.expect_kept_and_forgotten("a tombstone", there).await?;
    let replaced = told("replace", bench.store.replace(&long, 1, &session()).await)?;
    expect("replace after the time of the tombstone", Replaced::Gone, replaced)?;
    expect("a tombstone that outlives the time of its session", Found::Ended, bench.load(&short).await?)?;
    expect("a tombstone after a second, longer removal", Found::Ended, bench.load(&prolonged).await?)?;
    told("insert after the time of the tombstone", bench.store.insert(&long, &session()).await)
}

async fn removed_is_gone(bench: Bench) -> Outcome {
    let first = session();
    let key = bench.insert(&first).await?;
    bench.remove(&key, LONG).await?;
    for expected in [0, 1, 2] {
        let replaced = told("replace", bench.store.replace(&key, expected, &next(&first)).await)?;
        expect("replace of a removed session", Replaced::Gone, replaced)?;
    }
    expect("load", Found::Ended, bench.load(&key).await?)?;
    expect_keys("of_subject", &[], bench.of_subject(&first.subject).await?)?;
    expect_keys("of_sid", &[], bench.of_sid(&first).await?)
}

async fn removal_races(bench: Bench) -> Outcome {
    bench
        .at_once(10, |bench, _| async move {
            for round in 0..100 {
                removal_race(&bench, round).await?;
            }
            Ok(())
        })
        .await
        .map(drop)
}

/// Removes and replaces at once. In each round the one or the other begins a little earlier.
async fn removal_race(bench: &Bench, round: usize) -> Outcome {
    let first = session();
    let key = bench.insert(&first).await?;
    let (removing, replacing, changed) = (bench.clone(), bench.clone(), next(&first));
    let removing = tokio::spawn(async move {
        hesitate(round % 4).await;
        removing.remove(&key, LONG).await
    });
    let replacing = tokio::spawn(async move {
        hesitate(round / 4 % 4).await;
        replacing.store.replace(&key, 1, &changed).await
    });
    let removed = removing.await.map_err(|_| "remove panicked".to_owned())??;
    let replaced = told("replace", replacing.await.map_err(|_| "replace panicked".to_owned())?)?;
    expect("remove in a race", true, removed)?;
    if replaced == Replaced::Conflict {
        return Err("replace in a race with remove: expected Done or Gone, came Conflict".to_owned());
    }
    expect("load after a removal", Found::Ended, bench.load(&key).await?)?;
    expect_keys("of_subject after a removal", &[], bench.of_subject(&first.subject).await?)
}

async fn hesitate(times: usize) {
    for _ in 0..times {
        tokio::task::yield_now().await;
    }
}

async fn only_expected(bench: Bench) -> Outcome {
    let first = StoredSession { version: 5, ..session() };
    let key = bench.insert(&first).await?;
    for expected in [0, 4, 6, u64::MAX] {
        let replaced = told("replace", bench.store.replace(&key, expected, &next(&first)).await)?;
        expect("replace of another version", Replaced::Conflict, replaced)?;
    }
    expect_session("load after conflicts", &first, bench.load(&key).await?)?;
    let replaced = told("replace", bench.store.replace(&key, 5, &next(&first)).await)?;
    expect("replace of the expected version", Replaced::Done, replaced)?;
    let replaced = told("replace", bench.store.replace(&key, 5, &next(&first)).await)?;
    expect("the same replace once more", Replaced::Conflict, replaced)
}

async fn large_versions(bench: Bench) -> Outcome {
    let first = StoredSession { version: u64::MAX - 1, ..session() };
    let key = bench.insert(&first).await?;
    expect_session("load", &first, bench.load(&key).await?)?;
    let replaced = told("replace", bench.store.replace(&key, u64::MAX - 2, &next(&first)).await)?;
    expect("replace of the version before", Replaced::Conflict, replaced)?;
    let replaced = told("replace", bench.store.replace(&key, u64::MAX - 1, &next(&first)).await)?;
    expect("replace of the version", Replaced::Done, replaced)?;
    expect_session("load after replace", &next(&first), bench.load(&key).await?)
}

async fn no_lost_update(bench: Bench) -> Outcome {
    const WRITERS: usize = 16;
    const INCREMENTS: usize = 25;
    let first = StoredSession { sealed: Bytes::copy_from_slice(&0_u64.to_be_bytes()), ..session() };
    let key = bench.insert(&first).await?;
    bench
        .at_once(WRITERS, move |bench, _| async move {
            for _ in 0..INCREMENTS {
                increment(&bench, &key).await?;
            }
            Ok(())
        })
        .await?;
    let expected = (WRITERS * INCREMENTS) as u64;
    let kept = kept(&bench, &key).await?;
    expect("the sum of all increments", expected, count(&kept)?)?;
    expect("the version after them", expected + 1, kept.version)
}

async fn increment(bench: &Bench, key: &StoreKey) -> Outcome {
    // Somebody succeeds in each round.
    for _ in 0..1_000 {
        let kept = kept(bench, key).await?;
        let sealed = Bytes::copy_from_slice(&(count(&kept)? + 1).to_be_bytes());
        let more = StoredSession { sealed, lasts: LONG, ..next(&kept) };
        hesitate(1).await;
        match told("replace", bench.store.replace(key, kept.version, &more).await)? {
            Replaced::Done => return Ok(()),
            Replaced::Conflict => {}
            Replaced::Gone => return Err("replace: expected Done or Conflict, came Gone".to_owned()),
        }
    }
    Err("replace: expected that one of many writers succeeds, came nothing but conflicts".to_owned())
}

async fn kept(bench: &Bench, key: &StoreKey) -> Outcome<StoredSession> {
    match bench.load(key).await? {
        Found::Session(kept) => Ok(kept),
        other => Err(format!("load: expected the session, came {other:?}")),
    }
}

fn count(kept: &StoredSession) -> Outcome<u64> {
    let bytes = kept.sealed.as_ref().try_into().map_err(|_| "load: came other bytes than were written")?;
    Ok(u64::from_be_bytes(bytes))
}

async fn many_at_once(bench: Bench) -> Outcome {
    let subject = key();
    bench
        .at_once(64, move |bench, number| async move {
            for _ in 0..10 {
                let first = StoredSession { sealed: vec![number as u8; 100].into(), subject, ..session() };
                let key = bench.insert(&first).await?;
                expect_session("load of one's own session", &first, bench.load(&key).await?)?;
                let second = StoredSession { sealed: vec![number as u8; 200].into(), ..next(&first) };
                let replaced = told("replace", bench.store.replace(&key, 1, &second).await)?;
                expect("replace of one's own session", Replaced::Done, replaced)?;
                hesitate(number % 3).await;
                expect_session("load of one's own session again", &second, bench.load(&key).await?)?;
                let listed = bench.of_subject(&subject).await?.contains(&key);
                expect("one's own session among those of the subject", true, listed)?;
                expect("remove of one's own session", true, bench.remove(&key, LONG).await?)?;
            }
            Ok(())
        })
        .await?;
    expect_keys("of_subject after all", &[], bench.of_subject(&subject).await?)
}

async fn indexes_in_step(bench: Bench) -> Outcome {
    let (subject, sid) = (key(), key());
    let first = StoredSession { subject, sid: Some(sid), ..session() };
    let second = StoredSession { subject, ..session() };
    let third = StoredSession { sid: Some(sid), ..session() };
    let (one, two, three) =
        (bench.insert(&first).await?, bench.insert(&second).await?, bench.insert(&third).await?);
    expect_keys("of_subject", &[one, two], bench.of_subject(&subject).await?)?;
    expect_keys("of_sid", &[one, three], bench.of_sid(&first).await?)?;

    told("replace", bench.store.replace(&one, 1, &next(&first)).await)?;
    expect_keys("of_subject after replace", &[one, two], bench.of_subject(&subject).await?)?;
    expect_keys("of_sid after replace", &[one, three], bench.of_sid(&first).await?)?;

    bench.remove(&one, LONG).await?;
    expect_keys("of_subject after remove", &[two], bench.of_subject(&subject).await?)?;
    expect_keys("of_sid after remove", &[three], bench.of_sid(&first).await?)?;
    expect_keys("of_sid of another session", &[two], bench.of_sid(&second).await?)?;
    expect_keys("of_subject of another session", &[three], bench.of_subject(&third.subject).await?)
}

async fn indexes_after_the_end(bench: Bench) -> Outcome {
    let (subject, sid) = (key(), key());
    let short = StoredSession { subject, sid: Some(sid), ..lasting(SECOND) };
    let long = StoredSession { subject, sid: Some(sid), ..session() };
    let long = (bench.insert(&long).await?, long);
    let ending = bench.insert(&short).await?;
    let alone = lasting(SECOND);
    let (time, _) = Lasting::from(SECOND, bench.insert(&alone)).await?;
    time.over().await;
    expect("load after its time", Found::Nothing, bench.load(&ending).await?)?;
    expect_keys("of_subject, of which one has ended", &[long.0], bench.of_subject(&subject).await?)?;
    expect_keys("of_sid, of which one has ended", &[long.0], bench.of_sid(&long.1).await?)?;
    expect_keys("of_subject, of which all have ended", &[], bench.of_subject(&alone.subject).await?)?;
    expect_keys("of_sid, of which all have ended", &[], bench.of_sid(&alone).await?)
}

async fn ten_thousand(bench: Bench) -> Outcome {
    const WRITERS: usize = 50;
    const EACH: usize = 200;
    let subject = key();
    let written = bench
        .at_once(WRITERS, move |bench, _| async move {
            let mut keys = Vec::with_capacity(EACH);
            for _ in 0..EACH {
                keys.push(bench.insert(&StoredSession { subject, sid: None, ..session() }).await?);
            }
            Ok(keys)
        })
        .await?
        .concat();
    let listed = bench.of_subject(&subject).await?;
    let distinct: HashSet<_> = listed.iter().collect();
    expect("how many of the sessions are listed twice", 0, listed.len() - distinct.len())?;
    expect_keys("of_subject", &written, listed.clone())?;
    bench
        .at_once(WRITERS, move |bench, number| {
            let mine: Vec<_> = listed.iter().skip(number).step_by(WRITERS).copied().collect();
            async move {
                for key in mine {
                    expect("remove of a session that is listed", true, bench.remove(&key, SECOND).await?)?;
                }
                Ok(())
            }
        })
        .await?;
    expect_keys("of_subject after ending them all", &[], bench.of_subject(&subject).await?)
}

async fn lease_contended(bench: Bench) -> Outcome {
    for _ in 0..5 {
        let key = key();
        let taken = bench
            .at_once(100, move |bench, _| async move { bench.lease(&key, &holder(), LONG).await })
            .await?;
        expect("how many of 100 hold the lease", 1, taken.iter().filter(|taken| **taken).count())?;
    }
    Ok(())
}

async fn lease_holder(bench: Bench) -> Outcome {
    let (key, mine, other) = (key(), holder(), holder());
    expect("a lease that nobody has", true, bench.lease(&key, &mine, LONG).await?)?;
    expect("a lease that somebody has", false, bench.lease(&key, &other, LONG).await?)?;
    expect("one's own lease", true, bench.lease(&key, &mine, LONG).await?)?;
    told("release", bench.store.release(&key, &other).await)?;
    expect("a lease that somebody else has released", false, bench.lease(&key, &other, LONG).await?)?;
    told("release", bench.store.release(&key, &mine).await)?;
    expect("a lease that was released", true, bench.lease(&key, &other, LONG).await?)?;
    expect("a lease that has gone over to somebody else", false, bench.lease(&key, &mine, LONG).await?)
}

async fn lease_ends(bench: Bench) -> Outcome {
    let (key, mine, other, lasts) = (key(), holder(), holder(), 2 * SECOND);
    let (time, taken) = Lasting::from(lasts, bench.lease(&key, &mine, lasts)).await?;
    expect("a lease that nobody has", true, taken)?;
    // Who gets it has it for so short a time that it is to be had again at once.
    let there = || async { Ok(!bench.lease(&key, &other, Duration::ZERO).await?) };
    time.expect_kept_and_forgotten("a lease", there).await
}

async fn lease_stale(bench: Bench) -> Outcome {
    let (key, slow, next) = (key(), holder(), holder());
    let (time, _) = Lasting::from(SECOND, bench.lease(&key, &slow, SECOND)).await?;
    time.over().await;
    expect("a lease that has ended", true, bench.lease(&key, &next, LONG).await?)?;
    told("release", bench.store.release(&key, &slow).await)?;
    expect("the lease for a third", false, bench.lease(&key, &holder(), LONG).await?)?;
    expect("the lease for the holder who was too slow", false, bench.lease(&key, &slow, LONG).await?)?;
    expect("the lease for its holder", true, bench.lease(&key, &next, LONG).await?)
}

async fn lease_prolonged(bench: Bench) -> Outcome {
    let (key, mine) = (key(), holder());
    let (time, _) = Lasting::from(SECOND, bench.lease(&key, &mine, SECOND)).await?;
    expect("one's own lease", true, bench.lease(&key, &mine, LONG).await?)?;
    time.over().await;
    expect("a prolonged lease, for another", false, bench.lease(&key, &holder(), LONG).await?)
}

async fn claim_contended(bench: Bench) -> Outcome {
    for _ in 0..5 {
        let key = key();
        let won = bench.at_once(100, move |bench, _| async move { bench.claim(&key, LONG).await }).await?;
        expect("how many of 100 claims succeed", 1, won.iter().filter(|won| **won).count())?;
        expect("a claim after them", false, bench.claim(&key, LONG).await?)?;
    }
    Ok(())
}

async fn claim_ends(bench: Bench) -> Outcome {
    let (key, lasts) = (key(), 2 * SECOND);
    let (time, won) = Lasting::from(lasts, bench.claim(&key, lasts)).await?;
    expect("the first claim", true, won)?;
    let there = || async { Ok(!bench.claim(&key, Duration::ZERO).await?) };
    time.expect_kept_and_forgotten("a claim", there).await?;
    // For stores that count in seconds: until the claim that found this out has ended.
    tokio::time::sleep(TOLERANCE).await;
    let won = bench.at_once(100, move |bench, _| async move { bench.claim(&key, LONG).await }).await?;
    expect("how many of 100 claims succeed after that", 1, won.iter().filter(|won| **won).count())
}

async fn mark_highest(bench: Bench) -> Outcome {
    let (one, many) = (key(), key());
    let order =
        [-5, i64::MIN, -1, -2, 0, 10, 9, 1 << 53, (1 << 53) + 1, i64::MAX - 1, i64::MAX - 2, i64::MAX, 0];
    let mut highest = i64::MIN;
    for value in order {
        bench.mark(&one, value, LONG).await?;
        highest = highest.max(value);
        expect(&format!("the mark after {value}"), Some(highest), bench.mark_of(&one).await?)?;
    }
    bench
        .at_once(100, move |bench, number| async move {
            // Neither up nor down.
            let value = i64::try_from(number * 37 % 100).unwrap_or_default();
            bench.mark(&many, value, LONG).await
        })
        .await?;
    expect("the highest of 100 marks", Some(99), bench.mark_of(&many).await?)
}

async fn mark_order(bench: Bench) -> Outcome {
    let (low, high, missing) = (key(), key(), key());
    bench.mark(&low, 1, LONG).await?;
    bench.mark(&high, 2, LONG).await?;
    let marks = told("marks", bench.store.marks(&[high, missing, low, missing, high]).await)?;
    expect("marks", vec![Some(2), None, Some(1), None, Some(2)], marks)?;
    expect("marks of nothing", vec![], told("marks", bench.store.marks(&[]).await)?)?;
    let many: Vec<StoreKey> = (0..500).map(|_| key()).chain([low]).collect();
    let marks = told("marks", bench.store.marks(&many).await)?;
    expect("the last of 501 marks", Some(Some(1)), marks.last().copied())?;
    expect("how many marks come for 501 keys", 501, marks.len())
}

async fn mark_lasts(bench: Bench) -> Outcome {
    let rising = key();
    bench.mark(&rising, 5, LONG).await?;
    let (first, falling, ()) = prolong_in_time(|lasts| {
        let (bench, key) = (bench.clone(), key());
        async move {
            let (time, ()) = Lasting::from(lasts, bench.mark(&key, 9, lasts)).await?;
            bench.mark(&key, 5, LONG).await?;
            Ok((time, key, ()))
        }
    })
    .await?;
    let (time, ()) = Lasting::from(SECOND, bench.mark(&rising, 9, SECOND)).await?;
    time.over().await;
    first.over().await;
    expect("a mark that was raised for a shorter time", Some(9), bench.mark_of(&rising).await?)?;
    expect("a mark that was set lower for a longer time", Some(9), bench.mark_of(&falling).await?)
}
