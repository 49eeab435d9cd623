//! `#[openapi]` above our attributes describes a route without its guard: that does not compile.

#[test]
fn openapi_stands_below() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
