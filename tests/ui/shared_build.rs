//! Cases for the compiler that take their dependencies from the build of the workspace.

use std::env;
use std::process::Command;

/// Runs `cases` in a process of this test alone, whose cargo puts dependencies where that of the workspace does, and
/// compiles them with the same flags. trybuild would check all of them twice in a directory of its own: once with its
/// flags, and once more with the width of messages among them. That width is what rustc takes anyway.
///
/// `test` is the name of the test that calls this.
pub(crate) fn with_shared_build(test: &str, cases: impl FnOnce()) {
    const WITHIN: &str = "LOGTO_TESTS_WITH_SHARED_BUILD";
    if env::var_os(WITHIN).is_some() {
        return cases();
    }
    let this = env::current_exe().expect("the path of this test");
    // From <build directory>/<profile>/deps/<test>.
    let build_directory = this.ancestors().nth(3).expect("the directory of the build");
    let output = Command::new(&this)
        .args(["--exact", test, "--nocapture"])
        .env(WITHIN, "1")
        .env("CARGO_BUILD_BUILD_DIR", build_directory)
        .env("CARGO_ENCODED_RUSTFLAGS", "")
        .output()
        .expect("this test can be run");
    let [stdout, stderr] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(output.status.success(), "{stdout}\n{stderr}");
    assert!(stdout.contains("1 passed"), "no test is called {test}: {stdout}");
}
