//! Keys that are right by themselves, and wrong together.

use crate::args::{Args, NameList, Organization, Subject, Via};
use crate::attribute::Kind;
use crate::problem::{Problem, Problems};

/// A name that is demanded anyway decides nothing among alternatives.
pub(super) fn among_names(args: &Args, problems: &mut Problems) {
    for (all, any) in [(&args.scopes, &args.any_scope), (&args.roles, &args.any_role)] {
        let (Some(all), Some(any)) = (all, any) else { continue };
        for name in any.names.iter().filter(|name| all.contains(name)) {
            let (name_is, all, any) = (name.written(), &all.key, &any.key);
            problems.add(Problem::at(name.at(), format!("`{name_is}` is in `{all}` and in `{any}`")).help(
                format!("all `{all}` are demanded, and one of `{any}`: leave it out of one of the two"),
            ));
        }
    }
}

/// Which credential the attribute accepts alone. A token of the user can be fetched only with the refresh
/// token of a session.
pub(super) fn credential(kind: Kind, args: &Args, problems: &mut Problems) -> Option<Via> {
    let via = args.via.as_ref();
    if kind.token_type().is_none() {
        return via.map(|via| via.means);
    }
    if let Some(via) = via.filter(|via| via.means == Via::Bearer) {
        problems.add(
            Problem::at(&via.at, format!("`#[{}]` cannot work with `via = \"bearer\"`", kind.name()))
                .help("a token is fetched with the session of the user; a bearer token cannot be exchanged for one")
                .help("leave `via` out; to guard a route for bearers write `#[require_auth(via = \"bearer\")]`"),
        );
    }
    Some(Via::Session)
}

/// Keys that cannot all be met turn everybody away.
pub(super) fn among_callers(args: &Args, problems: &mut Problems) {
    let bearer = args.via.as_ref().filter(|via| via.means == Via::Bearer);
    let session = args.via.as_ref().filter(|via| via.means == Via::Session);
    let machine = args.subject.as_ref().filter(|subject| subject.means == Subject::Machine);
    let of_session = args.organization.as_ref().is_some_and(|from| from.means == Organization::Session);

    if let Some(via) = bearer.filter(|_| of_session) {
        problems.add(
            Problem::at(
                &via.at,
                "`organization = \"session\"` needs a session, and `via = \"bearer\"` has none",
            )
            .help("take the organization from a segment (\"<org_id>\") or from a header (\"header:X-Org\")"),
        );
    }
    if let Some(via) = session.filter(|_| machine.is_some()) {
        problems.add(
            Problem::at(
                &via.at,
                "a machine has no session: `subject = \"machine\"` and `via = \"session\"` let nobody in",
            )
            .help("leave `via` out, or write `via = \"bearer\"`"),
        );
    }
    if let Some(roles) = args.roles.as_ref().or(args.any_role.as_ref()) {
        roles_of_nobody(roles, args, problems);
    }
    if let Some(max_age) = args.max_age.as_ref().filter(|_| machine.is_some()) {
        problems.add(
            Problem::at(
                &max_age.at,
                "a machine does not sign in: `subject = \"machine\"` and `max_age` let nobody in",
            )
            .help("leave `max_age` out: a machine's token is fresh as long as it is valid"),
        );
    }
}

/// Logto puts no roles into access tokens, and gives them to persons.
fn roles_of_nobody(roles: &NameList, args: &Args, problems: &mut Problems) {
    let key = &roles.key;
    if let Some(via) = args.via.as_ref().filter(|via| via.means == Via::Bearer) {
        problems.add(
            Problem::at(
                &via.at,
                format!("`{key}` are known of a session alone: with `via = \"bearer\"` nobody gets in"),
            )
            .help("Logto puts no roles into access tokens, but the scopes that they bring: ask for `scopes`")
            .help("or leave `via` out"),
        );
    }
    if let Some(subject) = args.subject.as_ref().filter(|subject| subject.means == Subject::Machine) {
        problems.add(
            Problem::at(
                &subject.at,
                format!("`{key}` are known of a session alone, and no machine has one: nobody gets in"),
            )
            .help("Logto puts no roles into access tokens, but the scopes that they bring: ask for `scopes`"),
        );
    }
}
