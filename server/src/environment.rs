//! Variables of the environment. One that is empty is as if it were not set, everywhere.

use std::env;

use clap::Command;

/// What is set for `name`.
pub(crate) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// The same for the arguments of a command and of those below it that have a variable: clap takes what is empty for a
/// value.
pub(crate) fn without_empty(command: Command) -> Command {
    let command = command.mut_args(|argument| {
        let is_empty = argument.get_env().and_then(env::var_os).is_some_and(|value| value.is_empty());
        if is_empty { argument.env(None::<&'static str>) } else { argument }
    });
    command.mut_subcommands(without_empty)
}
