//! The commands of this folder's README: shown at launch, and run by a test.

/// The README.
pub const README: &str = include_str!("../README.md");

/// One command of the README, and what it answers there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    /// What is typed.
    pub command: String,
    /// What comes back.
    pub output: String,
}

impl Step {
    /// The command for an API at `address` and a tenant at `tenant`, wherever the README believes them to be.
    #[must_use]
    pub fn command_for(&self, address: &str, tenant: &str) -> String {
        // Each part on its own: where the API is may look like where the README has the tenant.
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
