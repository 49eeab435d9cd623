//! The storefront from sign-in to sign-out: what each of its routes says to everybody who may come.

mod bearers;
mod bodies;
mod cart;
mod customers;
mod details;
mod everyday;
mod journey;
mod organizations;
mod partners;
mod people;
mod permissions;
mod plan;
mod public;
mod table;
mod workplace;
