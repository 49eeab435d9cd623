//! The commands of the README, which are printed at launch and run by a test.

/// The README.
pub const README: &str = include_str!("../README.md");

/// One command of the README with its output there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    /// The command.
    pub command: String,
    /// The output.
    pub output: String,
}

impl Step {
    /// The command for an API at `address` and a tenant at `tenant`, instead of the addresses in the README.
    #[must_use]
    pub fn command_for(&self, address: &str, tenant: &str) -> String {
        // Part by part, because the API's address may look like the README's address of the tenant.
        let parts = self.command.split("http://localhost:3001");
        parts.map(|part| part.replace("http://localhost:8000", address)).collect::<Vec<_>>().join(tenant)
    }
}

/// The commands in the README's `console` blocks, in order.
#[must_use]
pub fn steps() -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for line in README.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if inside && let Some(command) = line.strip_prefix("$ ") {
            steps.push(Step { command: command.to_owned(), output: String::new() });
        } else if inside && let Some(step) = steps.last_mut() {
            step.output.push_str(line);
            step.output.push('\n');
        }
    }
    steps
}
