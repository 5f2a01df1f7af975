//! The commands that judge many inputs one by one, without a network.

use super::{
    exit::{CliError, Exit},
    input,
    report::{Answer, Reader, Report},
};

/// Prints what `judge` says of each of `arguments`, or of each line of standard input for `-`.
///
/// # Errors
/// With `nothing` when there is no input, and when standard output cannot be written.
pub(crate) fn judge_each(
    arguments: Vec<String>,
    nothing: &'static str,
    judge: impl Fn(&str) -> Answer,
) -> Result<Exit, CliError> {
    let mut report = Report::default();
    for item in input::items(arguments) {
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
