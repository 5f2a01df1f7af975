//! The command line as scripts see it: the real binary against real servers on loopback.

pub(crate) mod bench;

mod certificates;
mod chains;
mod hostile;
mod keystores;
mod long_input;
mod probing;
mod rules;
mod serving;
mod trust;
mod usage;
mod verify;
