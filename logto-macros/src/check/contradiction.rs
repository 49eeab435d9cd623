//! Keys that contradict each other.

use crate::args::{Args, NameList, Organization, Subject, Via};
use crate::attribute::Kind;
use crate::problem::{Problem, Problems};

/// A name that is required anyway makes a list of alternatives pointless.
pub(super) fn of_names(args: &Args, problems: &mut Problems) {
    for (all, any) in [(&args.scopes, &args.any_scope), (&args.roles, &args.any_role)] {
        let (Some(all), Some(any)) = (all, any) else { continue };
        for name in any.names.iter().filter(|name| all.contains(name)) {
            let (name_is, all, any) = (name.written(), &all.key, &any.key);
            problems.add(Problem::at(name.at(), format!("`{name_is}` is in `{all}` and in `{any}`")).help(
                format!("all of `{all}` are required, and one of `{any}`: remove it from one of the two"),
            ));
        }
    }
}

/// The only kind of credential that the attribute accepts, if any. A token of the user can be requested only with the
/// refresh token of a session.
pub(super) fn credential(kind: Kind, args: &Args, problems: &mut Problems) -> Option<Via> {
    let via = args.via.as_ref();
    if kind.token_type().is_none() {
        return via.map(|via| via.value);
    }
    if let Some(via) = via.filter(|via| via.value == Via::Bearer) {
        problems.add(
            Problem::at(&via.at, format!("`#[{}]` cannot work with `via = \"bearer\"`", kind.name()))
                .help("a token is requested with the user's session, not with a bearer token")
                .help("omit `via`; to guard a route that accepts only bearer tokens, write `#[require_auth(via = \"bearer\")]`"),
        );
    }
    Some(Via::Session)
}

/// Conditions that no caller can meet together.
pub(super) fn of_callers(args: &Args, problems: &mut Problems) {
    let bearer = args.via.as_ref().filter(|via| via.value == Via::Bearer);
    let session = args.via.as_ref().filter(|via| via.value == Via::Session);
    let machine = args.subject.as_ref().filter(|subject| subject.value == Subject::Machine);
    let of_session = args.organization.as_ref().is_some_and(|from| from.value == Organization::Session);

    if let Some(via) = bearer.filter(|_| of_session) {
        problems.add(
            Problem::at(
                &via.at,
                "`organization = \"session\"` needs a session, which `via = \"bearer\"` excludes",
            )
            .help("take the organization from a segment (\"<org_id>\") or from a header (\"header:X-Org\")"),
        );
    }
    if let Some(via) = session.filter(|_| machine.is_some()) {
        problems.add(
            Problem::at(
                &via.at,
                "a machine has no session: `subject = \"machine\"` and `via = \"session\"` refuse every caller",
            )
            .help("omit `via`, or write `via = \"bearer\"`"),
        );
    }
    let roles = args.roles.as_ref().or(args.any_role.as_ref());
    if let Some(roles) = roles {
        roles_without_session(roles, args, problems);
    }
    if let Some(clients) = &args.clients {
        clients_without_bearer(clients, session.is_some(), roles, problems);
    }
    if let Some(max_age) = args.max_age.as_ref().filter(|_| machine.is_some()) {
        problems.add(
            Problem::at(
                &max_age.at,
                "a machine does not sign in: `subject = \"machine\"` and `max_age` refuse every caller",
            )
            .help("omit `max_age`: a machine's token is accepted as long as it is valid"),
        );
    }
}

/// A session is of no application but this one.
fn clients_without_bearer(
    clients: &NameList,
    is_for_sessions: bool,
    roles: Option<&NameList>,
    problems: &mut Problems,
) {
    let key = &clients.key;
    let why = match roles {
        _ if is_for_sessions => "which `via = \"session\"` excludes".to_owned(),
        Some(roles) => format!("but only a session meets `{}`", roles.key),
        None => return,
    };
    problems.add(
        Problem::at(key, format!("`{key}` is about bearer tokens, {why}"))
            .help(format!("omit `{key}`: a session is always one of this application")),
    );
}

/// Logto puts no roles into access tokens, so only sessions have roles.
fn roles_without_session(roles: &NameList, args: &Args, problems: &mut Problems) {
    let key = &roles.key;
    if let Some(via) = args.via.as_ref().filter(|via| via.value == Via::Bearer) {
        problems.add(
            Problem::at(
                &via.at,
                format!("`{key}` needs a session: with `via = \"bearer\"` every caller is refused"),
            )
            .help("Logto puts no roles into access tokens, but the scopes of the roles: require `scopes`")
            .help("or omit `via`"),
        );
    }
    if let Some(subject) = args.subject.as_ref().filter(|subject| subject.value == Subject::Machine) {
        problems.add(
            Problem::at(
                &subject.at,
                format!("`{key}` needs a session, which no machine has: every caller is refused"),
            )
            .help("Logto puts no roles into access tokens, but the scopes of the roles: require `scopes`"),
        );
    }
}
