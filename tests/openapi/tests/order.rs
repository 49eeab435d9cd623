//! `#[openapi]` above our attributes describes a route without its guard: that does not compile.
#![allow(clippy::expect_used, reason = "in a test")]

#[path = "../../ui/shared_build.rs"]
mod shared_build;

#[test]
fn openapi_stands_below() {
    shared_build::with_shared_build("openapi_stands_below", || {
        trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
    });
}
