//! Enums that know all of their values, so that what is written about them can be held against them.

/// Takes an enum without data as it is, and adds `ALL` for tests: a value that is added cannot be missing there.
macro_rules! listed {
    (
        $(#[$outer:meta])*
        $visibility:vis enum $name:ident {
            $($(#[$inner:meta])* $variant:ident),+ $(,)?
        }
    ) => {
        $(#[$outer])*
        $visibility enum $name {
            $($(#[$inner])* $variant),+
        }

        impl $name {
            /// Every value, in the order of the declaration.
            #[cfg(test)]
            pub(crate) const ALL: &'static [$name] = &[$($name::$variant),+];
        }
    };
}
