#![doc = include_str!("../docs/refusals.md")]

#[cfg(test)]
mod tests;
