//! The commands that judge many inputs one by one, without a network.

use super::{
    exit::{CliError, Exit},
    input::Item,
    report::{Answer, Reader, Report},
};

/// Prints what `judge` says of each of `items`.
///
/// # Errors
/// With `nothing` when there is no input, and when standard output cannot be written.
pub(crate) fn judge_each(
    items: impl Iterator<Item = Item>,
    nothing: &'static str,
    judge: impl Fn(&str) -> Answer,
) -> Result<Exit, CliError> {
    let mut report = Report::default();
    for item in items {
        let answer = match &item.text {
            Ok(text) => judge(text),
            Err(error) => Answer::unreadable(item.place.complain_of_line(error)),
        };
        if report.print(&answer)? == Reader::Gone {
            break;
        }
    }
    report.end(nothing)
}
