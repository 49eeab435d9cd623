//! What the attributes accept. Each file is the code of a user, who may deny lints that others allow.

pub mod attributes_of_others;
pub mod check;
pub mod checked;
pub mod constants;
pub mod every_method;
pub mod keys;
pub mod made_by_macro_rules;
pub mod names_that_are_taken;
pub mod nested;
#[rustfmt::skip]
pub mod odd_but_right;
pub mod organization_told;
pub mod parameters;
pub mod pedantic;
pub mod public;
pub mod raw_identifiers;
pub mod renamed;
pub mod step_up;
pub mod strict_lints;
pub mod structs;
pub mod together;
pub mod traced;
