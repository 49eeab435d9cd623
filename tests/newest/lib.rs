//! That it really is a newer Rocket than the workspace's. The tests are the workspace's own.

#[cfg(test)]
mod tests {
    /// What rocket_okapi pins, and with it the lock file of the workspace.
    const PINNED: [u32; 3] = [0, 5, 1];

    fn rocket(lock: &str) -> [u32; 3] {
        let mut lines = lock.lines().skip_while(|line| *line != "name = \"rocket\"");
        let version = lines.nth(1).and_then(|line| line.strip_prefix("version = \"")?.strip_suffix('"'));
        let mut numbers = version.expect("Rocket's version").split('.').map(|part| part.parse().expect("a number"));
        std::array::from_fn(|_| numbers.next().expect("three numbers"))
    }

    #[test]
    fn this_rocket_is_newer_than_the_pinned_one() {
        assert_eq!(rocket(include_str!("../../Cargo.lock")), PINNED, "does the workspace still need the pin?");
        assert!(rocket(include_str!("Cargo.lock")) > PINNED, "cargo update --manifest-path tests/newest/Cargo.toml");
    }
}
