//! The statements. Both databases take the same ones, apart from how they tell the time.
//!
//! Every statement runs in a transaction of its own, and every write that depends on what is there is one statement.
//! A row whose time is over counts as missing in each of them, whether it was cleaned up or not.

use std::sync::Arc;

use crate::prefix::Prefix;

/// The text of a statement. Its clones share the text.
pub(crate) type Statement = Arc<str>;

/// What differs between the databases.
pub(crate) struct Dialect {
    /// The present time, in the type of the columns `ends`.
    pub(crate) now: &'static str,
    /// The time in as many microseconds as the parameter says that takes the place of `{}`.
    pub(crate) later: &'static str,
    /// The microseconds until `ends`.
    pub(crate) left: &'static str,
    /// Whether `key` is one of the keys in the first parameter.
    pub(crate) among: &'static str,
    /// The condition for the keys of as many expired rows of the table `{table}` as the first parameter says.
    pub(crate) ended: &'static str,
}

/// The tables with rows that end.
pub(crate) const TABLES: [&str; 4] = ["sessions", "leases", "claims", "marks"];

/// A row of `sessions` that holds a session.
pub(crate) const SESSION: i16 = 0;
/// A tombstone whose latest removal has ended a session.
pub(crate) const TOMBSTONE_OF_SESSION: i16 = 1;

#[derive(Debug)]
pub(crate) struct Statements {
    /// Key, version, sealed, subject, sid, lasts. One row, or none where there is a session or a tombstone.
    pub(crate) insert: Statement,
    /// Key. One row with state, version, sealed, subject, sid and the microseconds that are left.
    pub(crate) load: Statement,
    /// Key, expected version, version, sealed, lasts. One row, or none where this version is not there.
    pub(crate) replace: Statement,
    /// Key. One row where there is a session.
    pub(crate) is_there: Statement,
    /// Key, lasts. One row: the new state, which says whether a session was there.
    pub(crate) remove: Statement,
    /// Subject. The keys.
    pub(crate) of_subject: Statement,
    /// `sid`. The keys.
    pub(crate) of_sid: Statement,
    /// Key, holder, lasts. One row, or none where somebody else has the lease.
    pub(crate) lease: Statement,
    /// Key, holder.
    pub(crate) release: Statement,
    /// Key, lasts. One row, or none where the key is claimed.
    pub(crate) claim: Statement,
    /// Key, value, lasts.
    pub(crate) mark: Statement,
    /// Keys. Keys and values of the marks that are there.
    pub(crate) marks: Statement,
    /// How many rows at most; one statement for each of [`TABLES`].
    pub(crate) clean_up: [Statement; 4],
}

impl Statements {
    pub(crate) fn new(dialect: &Dialect, prefix: &Prefix) -> Self {
        let Dialect { now, left, among, .. } = dialect;
        let later = |parameter: &str| dialect.later.replace("{}", parameter);
        let [sessions, leases, claims, marks] = TABLES.map(|table| format!("{prefix}{table}"));
        Statements {
            insert: format!(
                "INSERT INTO {sessions} AS kept (key, state, version, sealed, subject, sid, ends) \
                 VALUES ($1, 0, $2, $3, $4, $5, {later}) \
                 ON CONFLICT (key) DO UPDATE SET state = 0, version = excluded.version, sealed = excluded.sealed, \
                 subject = excluded.subject, sid = excluded.sid, ends = excluded.ends \
                 WHERE kept.ends <= {now}",
                later = later("$6")
            )
            .into(),
            load: format!(
                "SELECT state, version, sealed, subject, sid, {left} FROM {sessions} \
                 WHERE key = $1 AND ends > {now}"
            )
            .into(),
            replace: format!(
                "UPDATE {sessions} SET version = $3, sealed = $4, ends = {later} \
                 WHERE key = $1 AND version = $2 AND state = 0 AND ends > {now}",
                later = later("$5")
            )
            .into(),
            is_there: format!("SELECT state FROM {sessions} WHERE key = $1 AND state = 0 AND ends > {now}").into(),
            // What was there before can be read from the new state alone.
            remove: format!(
                "INSERT INTO {sessions} AS kept (key, state, ends) VALUES ($1, 2, {later}) \
                 ON CONFLICT (key) DO UPDATE SET \
                 state = CASE WHEN kept.state = 0 AND kept.ends > {now} THEN 1 ELSE 2 END, \
                 version = NULL, sealed = NULL, subject = NULL, sid = NULL, \
                 ends = CASE WHEN kept.state <> 0 AND kept.ends > excluded.ends THEN kept.ends \
                 ELSE excluded.ends END \
                 RETURNING state",
                later = later("$2")
            )
            .into(),
            of_subject: format!("SELECT key FROM {sessions} WHERE subject = $1 AND ends > {now}").into(),
            of_sid: format!("SELECT key FROM {sessions} WHERE sid = $1 AND ends > {now}").into(),
            lease: format!(
                "INSERT INTO {leases} AS kept (key, holder, ends) VALUES ($1, $2, {later}) \
                 ON CONFLICT (key) DO UPDATE SET holder = excluded.holder, ends = excluded.ends \
                 WHERE kept.holder = excluded.holder OR kept.ends <= {now}",
                later = later("$3")
            )
            .into(),
            release: format!("DELETE FROM {leases} WHERE key = $1 AND holder = $2").into(),
            claim: format!(
                "INSERT INTO {claims} AS kept (key, ends) VALUES ($1, {later}) \
                 ON CONFLICT (key) DO UPDATE SET ends = excluded.ends WHERE kept.ends <= {now}",
                later = later("$2")
            )
            .into(),
            mark: format!(
                "INSERT INTO {marks} AS kept (key, value, ends) VALUES ($1, $2, {later}) \
                 ON CONFLICT (key) DO UPDATE SET \
                 value = CASE WHEN kept.ends > {now} AND kept.value > excluded.value THEN kept.value \
                 ELSE excluded.value END, \
                 ends = CASE WHEN kept.ends > excluded.ends THEN kept.ends ELSE excluded.ends END",
                later = later("$3")
            )
            .into(),
            marks: format!("SELECT key, value FROM {marks} WHERE {among} AND ends > {now}").into(),
            clean_up: [&sessions, &leases, &claims, &marks].map(|table| {
                format!("DELETE FROM {table} WHERE {}", dialect.ended.replace("{table}", table)).into()
            }),
        }
    }

    /// All of them, with their names.
    pub(crate) fn by_name(&self) -> Vec<(&'static str, String)> {
        let Statements { insert, load, replace, is_there, remove, of_subject, of_sid, .. } = self;
        let Statements { lease, release, claim, mark, marks, clean_up, .. } = self;
        let [sessions, leases, claims, old_marks] = clean_up;
        [
            ("insert", insert),
            ("load", load),
            ("replace", replace),
            ("is_there", is_there),
            ("remove", remove),
            ("of_subject", of_subject),
            ("of_sid", of_sid),
            ("lease", lease),
            ("release", release),
            ("claim", claim),
            ("mark", mark),
            ("marks", marks),
            ("clean_up of sessions", sessions),
            ("clean_up of leases", leases),
            ("clean_up of claims", claims),
            ("clean_up of marks", old_marks),
        ]
        .map(|(name, statement)| (name, statement.to_string()))
        .into()
    }
}
