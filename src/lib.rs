//! Pulsvagt: remote patient monitoring for chronic patients who live at home.
//!
//! The modules stand in the order a reading travels: it comes in over [`http`], [`access`] says who
//! sends it, [`ingest`] makes it an observation, [`store`] keeps it.

pub mod app;
pub mod clock;
pub mod ids;

pub mod http;

pub mod access;
pub mod ingest;
pub mod store;

pub mod cli;
pub mod config;
pub mod server;

pub mod embedded;
pub mod simulate;
pub mod telemetry;
