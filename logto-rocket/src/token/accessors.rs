//! What the public token types have in common.

/// What everybody may know of a token, in the words of [`AccessToken`](crate::AccessToken).
macro_rules! token_accessors {
    ($name:ident) => {
        impl $name {
            /// The token itself, to be sent as `Authorization: Bearer …`. Keep it out of logs.
            #[must_use]
            pub fn secret(&self) -> &str {
                self.0.secret.expose()
            }

            /// What it allows.
            #[must_use]
            pub fn scopes(&self) -> &$crate::types::Scopes {
                &self.0.scopes
            }

            /// When it ends.
            #[must_use]
            pub fn expires_at(&self) -> std::time::SystemTime {
                self.0.expires.to_system_time()
            }

            /// The API resource that it is for.
            #[must_use]
            pub fn resource(&self) -> Option<&$crate::types::ResourceIndicator> {
                self.0.target.resource.as_ref()
            }

            /// The organization that it is for.
            #[must_use]
            pub fn organization(&self) -> Option<&$crate::types::OrganizationId> {
                self.0.target.organization.as_ref()
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("scopes", &self.0.scopes)
                    .field("resource", &self.0.target.resource)
                    .field("organization", &self.0.target.organization)
                    .finish_non_exhaustive()
            }
        }
    };
}

pub(super) use token_accessors;
