#![doc = include_str!("../docs/refusals.md")]

pub(crate) mod endpoint;

#[cfg(test)]
mod tests;
