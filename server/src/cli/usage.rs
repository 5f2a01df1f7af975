//! Errors of usage in one line: what clap says over several, and where to read on.

use std::ffi::OsString;

use clap::{
    Command, Error,
    error::{ContextKind, ContextValue, ErrorKind},
};
use model::echo::shortened;

use super::input::QUOTED_MOST;

/// One line for `error`, with the command whose help says more.
pub(crate) fn line(error: &Error, command: &Command, arguments: &[OsString]) -> String {
    let path = path(command, arguments);
    let what = match error.kind() {
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "a command is missing".to_owned()
        }
        _ => first_paragraph(&said(error)),
    };
    match suggestion(error) {
        Some(suggestion) => format!("{what}; did you mean {suggestion:?}? See '{path} --help'"),
        None => format!("{what}; see '{path} --help'"),
    }
}

/// What clap says, with what was typed as far as it is said back.
fn said(error: &Error) -> String {
    let kinds = [ContextKind::InvalidValue, ContextKind::InvalidArg, ContextKind::InvalidSubcommand];
    let typed = kinds.into_iter().filter_map(|kind| match error.get(kind)? {
        ContextValue::String(text) => Some(text),
        _ => None,
    });
    let long = typed.filter(|text| text.len() > QUOTED_MOST);
    long.fold(error.to_string(), |said, text| said.replace(text.as_str(), &shortened(text, QUOTED_MOST)))
}

/// What comes before the first blank line, less the word `error`.
fn first_paragraph(text: &str) -> String {
    let text = text.strip_prefix("error: ").unwrap_or(text);
    let lines = text.lines().map(str::trim).take_while(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" ")
}

fn suggestion(error: &Error) -> Option<&str> {
    let kinds = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    kinds.into_iter().find_map(|kind| match error.get(kind)? {
        ContextValue::String(text) => Some(text.as_str()),
        ContextValue::Strings(texts) => texts.first().map(String::as_str),
        _ => None,
    })
}

/// The command that was meant, as far as it can be told: `hufu cert check`.
fn path(command: &Command, arguments: &[OsString]) -> String {
    let mut path = command.get_name().to_owned();
    let mut command = command;
    for word in arguments.iter().skip(1) {
        if let Some(below) = command.find_subcommand(word) {
            path = format!("{path} {}", below.get_name());
            command = below;
        }
    }
    path
}
