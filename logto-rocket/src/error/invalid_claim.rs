//! A claim that does not fit the type that an application reads it as.

use std::fmt;

/// Where a claim was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClaimsSource {
    /// An access token.
    AccessToken,
    /// The ID token.
    IdToken,
    /// The userinfo endpoint.
    UserInfo,
}

impl ClaimsSource {
    /// As in a sentence.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ClaimsSource::AccessToken => "access token",
            ClaimsSource::IdToken => "ID token",
            ClaimsSource::UserInfo => "userinfo response",
        }
    }
}

/// A claim that does not fit the type that an application reads it as. It has the name of the claim and never its
/// value, which may be personal data.
///
/// ```
/// use logto_rocket::{Error, User};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Preferences {
///     birthdate: String,
/// }
///
/// fn birthdate(user: &User) -> Option<String> {
///     match user.claims_as::<Preferences>() {
///         Ok(preferences) => Some(preferences.birthdate),
///         Err(Error::InvalidClaim(invalid)) => {
///             eprintln!("`{}` of the {} does not fit", invalid.claim(), invalid.source().as_str());
///             None
///         }
///         Err(_) => None,
///     }
/// }
/// # let _ = birthdate;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidClaim {
    claim: String,
    source: ClaimsSource,
    found: Option<&'static str>,
    wanted: &'static str,
}

impl InvalidClaim {
    /// `found` is the JSON type of the claim, or `None` if it is missing; `wanted` the type that does not take it.
    pub(crate) fn new(
        claim: &str,
        source: ClaimsSource,
        found: Option<&'static str>,
        wanted: &'static str,
    ) -> Self {
        // The tenant chooses names of claims, and users may choose the names of members.
        let printable = |c: char| if ('!'..='~').contains(&c) && c != '`' { c } else { '?' };
        InvalidClaim { claim: claim.chars().take(200).map(printable).collect(), source, found, wanted }
    }

    /// The claim: its name and the path within it, such as `plan.seats` or `tags[0]`. Empty where the type does not tell,
    /// as an untagged enum may do.
    #[must_use]
    pub fn claim(&self) -> &str {
        &self.claim
    }

    /// Where the claim was read.
    #[must_use]
    pub fn source(&self) -> ClaimsSource {
        self.source
    }

    /// Whether the claim is missing.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.found.is_none()
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self.source {
            ClaimsSource::AccessToken => {
                "change the type to fit what Logto sends, or correct the tenant's JWT customizer"
            }
            ClaimsSource::IdToken | ClaimsSource::UserInfo => {
                "change the type to fit what Logto sends, and request the scope of the claim"
            }
        }
    }
}

/// Without the advice.
impl fmt::Display for InvalidClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let InvalidClaim { claim, source, found, wanted } = self;
        let source = source.as_str();
        match found {
            None => write!(f, "the claim `{claim}`, which `{wanted}` needs, is missing in the {source}"),
            Some(_) if claim.is_empty() => write!(f, "the claims of the {source} do not fit `{wanted}`"),
            Some(found) => {
                write!(f, "the claim `{claim}` of the {source} is {found} that does not fit `{wanted}`")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_forge_a_log_line() {
        let forged = InvalidClaim::new("a`\n\u{202e}b", ClaimsSource::UserInfo, Some("a string"), "Plan");
        assert_eq!(forged.claim(), "a???b");
        let long = InvalidClaim::new(&"x".repeat(1000), ClaimsSource::UserInfo, None, "Plan");
        assert_eq!(long.claim().len(), 200);
        assert!(long.is_missing() && !forged.is_missing());
    }
}
