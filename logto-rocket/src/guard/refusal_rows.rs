//! Refusals as rows of a table: what a guard or a mounted route answers, and what the documentation says of it.

/// An enum of refusals, each in one row: its status, its code, what it is called, what to do about it. The row's
/// documentation says when it comes about. `docs/refusals.md` is made of these rows.
macro_rules! refusals {
    (
        $(#[$outer:meta])*
        $visibility:vis enum $name:ident {
            $(
                $(#[doc = $when:literal])+
                $variant:ident: $status:ident, $code:literal, $title:literal, $help:literal;
            )+
        }
        $(+
            $(#[$nested_meta:meta])*
            $nested:ident($inner:ident): $nested_status:ident, $nested_title:literal;
        )?
    ) => {
        $(#[$outer])*
        $visibility enum $name {
            $($(#[doc = $when])+ $variant,)+
            $($(#[$nested_meta])* $nested($inner),)?
        }

        impl $name {
            /// The rows, with what their documentation says; without the reasons that have a table of their own.
            #[cfg(test)]
            pub(crate) const ROWS: &'static [($name, &'static str)] =
                &[$(($name::$variant, concat!($($when),+))),+];

            /// A stable identifier for programs.
            #[must_use]
            $visibility fn code(self) -> &'static str {
                match self {
                    $($name::$variant => $code,)+
                    $($name::$nested(reason) => reason.code(),)?
                }
            }

            /// The status of the answer.
            #[must_use]
            $visibility fn status(self) -> rocket::http::Status {
                match self {
                    $($name::$variant => rocket::http::Status::$status,)+
                    $($name::$nested(_) => rocket::http::Status::$nested_status,)?
                }
            }

            /// One line that says what happened.
            #[must_use]
            $visibility fn title(self) -> &'static str {
                match self {
                    $($name::$variant => $title,)+
                    $($name::$nested(_) => $nested_title,)?
                }
            }

            /// What to do about it.
            #[must_use]
            $visibility fn help(self) -> &'static str {
                match self {
                    $($name::$variant => $help,)+
                    $($name::$nested(reason) => reason.help(),)?
                }
            }
        }
    };
}
