//! What values are sealed for.

/// What a sealed value is for. Each purpose has a key of its own, so that a value sealed for one does not open for
/// another, and a flood of sign-ins that nobody completes wears out no key but theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Session,
    PendingSignIn,
    StoredSession,
    SignInRequest,
    Visitor,
}

impl Purpose {
    pub(super) const ALL: [Purpose; 5] = [
        Purpose::Session,
        Purpose::PendingSignIn,
        Purpose::StoredSession,
        Purpose::SignInRequest,
        Purpose::Visitor,
    ];

    pub(super) fn label(self) -> &'static str {
        match self {
            Purpose::Session => "session",
            Purpose::PendingSignIn => "pending sign-in",
            Purpose::StoredSession => "stored session",
            Purpose::SignInRequest => "sign-in request",
            Purpose::Visitor => "visitor",
        }
    }

    /// The number of the layout of what is sealed. The values are written without names of fields: read with
    /// another layout, one field would be taken for another. So the number counts up with every change of the
    /// types that are sealed, and values of another layout do not open. The golden bytes notice a change.
    pub(super) fn layout(self) -> u16 {
        match self {
            Purpose::Session | Purpose::StoredSession | Purpose::PendingSignIn => 4,
            Purpose::SignInRequest | Purpose::Visitor => 2,
        }
    }
}
